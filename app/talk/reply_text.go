package talk

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/kuvaka-tech/parley/core/chat"
)

// claimUpdates returns the update for a running reply. Its text is what the follower has:
// the deltas continue it. It returns nothing when the live log does not have that text any
// more: then a TextReset or the final reply follows.
func (v *roomView) claimUpdates(ctx context.Context, m chat.Message) []Update {
	if v.cursor.Seq > 0 {
		text, err := v.service.config.LiveReader.Read(ctx, v.room)
		if err != nil || text.Attempt != v.cursor.Attempt() || len(text.Deltas) < v.cursor.Seq {
			return nil
		}
		text.Deltas = text.Deltas[:v.cursor.Seq]
		if text.Ended { // the attempt has failed, so its text was discarded when the reply was queued again
			text.Deltas = nil
			v.cursor = chat.Cursor{Rev: v.cursor.Rev, Reply: m.ID}
		}
		m.Content = text.Text()
	}
	return []Update{{Kind: MessageChanged, Message: m, Cursor: v.cursor}}
}

// lastTexts returns the deltas of a final reply that a follower of its text does not have
// yet, so that they join to its content. It returns nothing if the live log has lost them.
func (v *roomView) lastTexts(ctx context.Context, m chat.Message) []Update {
	if v.cursor.Reply != m.ID || m.Status == chat.Failed { // the content of a failed reply is the fallback text
		return nil
	}
	text, err := v.service.config.LiveReader.Read(ctx, v.room)
	rest, complete := strings.CutPrefix(m.Content, text.Text())
	if err != nil || text.Reply != m.ID || !complete {
		return nil
	}
	if rest != "" { // the live log was unavailable at the end
		text.Deltas = append(slices.Clip(text.Deltas), rest)
	}
	return v.textsAfter(text)
}

// textsAfter returns the updates for the deltas of a text that the follower does not have.
func (v *roomView) textsAfter(text chat.LiveText) (updates []Update) {
	known := v.cursor.Attempt() == text.Attempt && v.cursor.Seq <= len(text.Deltas)
	at := chat.Cursor{Rev: v.cursor.Rev, Reply: text.Reply, Fence: text.Fence}
	if known {
		at.Seq = v.cursor.Seq
	} else if v.cursor.Seq > 0 {
		updates = append(updates, v.newTextUpdate(chat.Event{Kind: chat.Reset, At: at}))
	}
	for _, delta := range text.Deltas[at.Seq:] {
		at.Seq++
		updates = append(updates, v.newTextUpdate(chat.Event{Kind: chat.Delta, Text: delta, At: at}))
	}
	return updates
}

// runningUpdate returns the update for a reply that was running when the follower started,
// with its text so far.
func (v *roomView) runningUpdate(ctx context.Context, m chat.Message) Update {
	v.open = m.ID
	v.cursor = chat.Cursor{Rev: v.cursor.Rev, Reply: m.ID}
	text, err := v.service.config.LiveReader.Read(ctx, v.room)
	if err == nil && text.Reply == m.ID && !text.Ended {
		m.Content = text.Text()
		v.cursor = v.cursor.WithText(text)
	}
	return Update{Kind: MessageChanged, Message: m, Cursor: v.cursor}
}

// isUnexpected reports whether an event is about a reply that is not open: it comes before the
// change that has started the reply, or after the one that has ended it.
func (v *roomView) isUnexpected(e chat.Event) bool {
	return e.Kind != chat.Changed && e.At.Reply != v.open && e.At.Attempt() != v.refused
}

// expect prepares for an unexpected event. If its reply has changed after the cursor, expect
// yields the changes. Otherwise the follower already knew the reply when it started, so a reply
// that is not final is open. expect fails with chat.ErrNotFound when the room was deleted.
func (v *roomView) expect(ctx context.Context, e chat.Event, yield func(Update) bool) (goOn bool, err error) {
	m, err := v.service.config.Messages.Get(ctx, v.owner, v.room, e.At.Reply)
	switch {
	case err != nil:
		return false, fmt.Errorf("reading a reply: %w", err)
	case m.Rev > v.cursor.Rev:
		return v.changes(ctx, yield)
	case !m.Status.Final():
		v.open = m.ID
	}
	return true, nil
}

// textUpdate returns the update for a Delta or a Reset. It returns false for the text of a reply
// that is not open, because the live log may still have it after the end, and for a Reset of a
// follower without text. It also returns false for a delta that does not continue the text: the
// follower has it already, or has discarded the text because the reply was queued again.
func (v *roomView) textUpdate(e chat.Event) (u Update, ok bool) {
	attempt := e.At.Attempt()
	if e.Kind == chat.Changed || attempt == v.refused {
		return Update{}, false
	}
	if attempt.Reply != v.open {
		v.refused = attempt
		return Update{}, false
	}
	next := 1
	if attempt == v.cursor.Attempt() {
		next += v.cursor.Seq
	}
	if e.Kind == chat.Delta && e.At.Seq != next {
		return Update{}, false
	}
	hasText := v.cursor.Reply == attempt.Reply && v.cursor.Seq > 0
	u = v.newTextUpdate(e)
	return u, e.Kind == chat.Delta || hasText
}

// newTextUpdate returns the update for a Delta or a Reset, and moves the cursor behind it.
func (v *roomView) newTextUpdate(e chat.Event) Update {
	v.cursor = chat.Cursor{
		Rev:   v.cursor.Rev,
		Reply: e.At.Reply,
		Fence: e.At.Fence,
		Seq:   e.At.Seq,
	}
	u := Update{Kind: TextReset, Delta: Delta{Room: v.room, Attempt: e.At.Attempt()}, Cursor: v.cursor}
	if e.Kind == chat.Delta {
		u.Kind = TextAppended
		u.Delta.Seq = e.At.Seq - 1
		u.Delta.Text = e.Text
	}
	return u
}
