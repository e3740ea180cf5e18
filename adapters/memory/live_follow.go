package memory

import (
	"context"
	"iter"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// Follow implements ports.Live. It never yields an error.
func (l *Live) Follow(ctx context.Context, roomID id.ID, from chat.Cursor) iter.Seq2[chat.Event, error] {
	return func(yield func(chat.Event, error) bool) {
		cursor := from
		for ctx.Err() == nil {
			events, changed := l.eventsAfter(roomID, cursor)
			for _, e := range events {
				cursor = e.At
				if !yield(e, nil) {
					return
				}
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
		}
	}
}

// eventsAfter returns the events of a room after a cursor, and a channel that is closed at
// the next event.
func (l *Live) eventsAfter(roomID id.ID, at chat.Cursor) ([]chat.Event, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.room(roomID)
	var events []chat.Event
	if r.text != nil {
		events, at = r.text.eventsAfter(at)
	}
	if r.rev > at.Rev {
		at.Rev = r.rev
		events = append(events, chat.Event{Kind: chat.Changed, At: at})
	}
	return events, r.changed
}

// eventsAfter returns the deltas after a cursor, and the cursor after them. The first event is
// a Reset if the follower has another text of the same reply: that of an older attempt, or
// more deltas than the log has.
func (t *liveText) eventsAfter(at chat.Cursor) ([]chat.Event, chat.Cursor) {
	var events []chat.Event
	if at.Reply != t.reply || at.Fence != t.fence || at.Seq > len(t.deltas) {
		sameReply := at.Reply == t.reply
		at = chat.Cursor{Rev: at.Rev, Reply: t.reply, Fence: t.fence}
		if sameReply {
			events = append(events, chat.Event{Kind: chat.Reset, At: at})
		}
	}
	for _, delta := range t.deltas[at.Seq:] {
		at.Seq++
		events = append(events, chat.Event{Kind: chat.Delta, Text: delta, At: at})
	}
	return events, at
}
