package portstest

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

func (t *liveTest) followCursor() {
	deltas := newDeltas(6)
	text := strings.Join(deltas, "")
	t.announce(3)
	t.append(2, 0, deltas...)
	for seen := range len(deltas) + 1 {
		f := t.follow(chat.Cursor{Rev: 2, Reply: t.reply, Fence: 2, Seq: seen}, deltas[:seen]...)
		f.readUntil(t.reply, text, 3)
		f.wantNoResets()
		f.wantCursor(chat.Cursor{Rev: 3, Reply: t.reply, Fence: 2, Seq: 6})
	}
	f := t.follow(chat.Cursor{})
	f.readUntil(t.reply, text, 3)
	f.wantNoResets()
}

// The follower also reconnects with cursors in the middle of the text.
func (t *liveTest) followRunning() {
	deltas := newDeltas(6)
	f := t.follow(chat.Cursor{})
	for i := range deltas {
		t.append(1, i, deltas[i])
		t.announce(int64(i + 1))
		text := strings.Join(deltas[:i+1], "")
		f.readUntil(t.reply, text, int64(i+1))
		f.wantCursor(chat.Cursor{Rev: int64(i + 1), Reply: t.reply, Fence: 1, Seq: i + 1})
		if i%2 == 0 {
			f = t.follow(f.cursor, text)
		}
	}
	t.append(1, 0, deltas...)
	t.announce(10)
	f.readUntil(t.reply, strings.Join(deltas, ""), 10)
	f.wantNoResets()
}

func (t *liveTest) followRevisions() {
	t.announce(5)
	t.announce(4)
	early, late := t.follow(chat.Cursor{Rev: 2}), t.follow(chat.Cursor{Rev: 5})
	early.readUntil("", "", 5)
	t.announce(3)
	t.announce(5)
	t.announce(9)
	early.readUntil("", "", 9)
	if e := late.next(); e.Kind != chat.Changed || e.At.Rev != 9 {
		t.Fatalf("the first event after revision 5 is %+v, want revision 9", e)
	}
}

func (t *liveTest) followNewerFence() {
	t.append(1, 0, "half ", "an ")
	connected := t.follow(chat.Cursor{})
	connected.readUntil(t.reply, "half an ", 0)
	t.append(2, 0, "whole ")
	t.append(2, 1, "answer")
	reconnected := t.follow(chat.Cursor{Reply: t.reply, Fence: 1, Seq: 1}, "half ")
	for _, f := range []*follower{connected, reconnected} {
		f.wantNextReset()
		f.readUntil(t.reply, "whole answer", 0)
		f.wantCursor(chat.Cursor{Reply: t.reply, Fence: 2, Seq: 2})
	}
}

// This happens when the log has lost the text and the worker writes it again from the start.
func (t *liveTest) followLostText() {
	t.append(1, 0, "one ", "two ")
	f := t.follow(chat.Cursor{Reply: t.reply, Fence: 1, Seq: 3}, "one ", "two ", "three ")
	f.wantNextReset()
	f.readUntil(t.reply, "one two ", 0)
	t.append(1, 2, "three ", "four")
	f.readUntil(t.reply, "one two three four", 0)
}

func (t *liveTest) followNextReply() {
	t.append(1, 0, "first")
	connected := t.follow(chat.Cursor{})
	connected.readUntil(t.reply, "first", 0)
	t.announce(4, t.reply)
	second := t.withNewReply()
	second.append(1, 0, "second")
	reconnected := t.follow(chat.Cursor{Reply: t.reply, Fence: 1, Seq: 3}, "fir")
	fresh := t.follow(chat.Cursor{})
	for _, f := range []*follower{connected, reconnected, fresh} {
		f.readUntil(second.reply, "second", 4)
		f.wantCursor(chat.Cursor{Rev: 4, Reply: second.reply, Fence: 1, Seq: 1})
	}
	got := []string{connected.text[t.reply], reconnected.text[t.reply], fresh.text[t.reply]}
	wantEqual(t, "the text of the first reply", got, []string{"first", "fir", ""})
}

// This happens when a worker crashes after it has finished a reply and before it announces the end.
func (t *liveTest) followUnannouncedEnd() {
	t.append(1, 0, "first")
	f := t.follow(chat.Cursor{})
	f.readUntil(t.reply, "first", 0)
	second := t.withNewReply()
	text := ""
	for i, delta := range newDeltas(20) {
		second.append(1, i, delta)
		text += delta
		f.readUntil(second.reply, text, 0)
	}
	t.announce(1)
	f.readUntil(second.reply, text, 1)
	wantEqual(t, "the text of the first reply", f.text[t.reply], "first")
	f.wantNoResets()
	t.announce(2, t.reply)
	t.wantRefused(t.newPiece(1, 0, "first", "late"), reply.ErrClaimLost)
	t.wantText(second.reply, text)
}

func (t *liveTest) followOneRoom() {
	other := t.withNewRoom().withNewReply()
	f := t.follow(chat.Cursor{})
	other.append(1, 0, "other")
	other.announce(7)
	t.append(1, 0, "this")
	t.announce(2)
	f.readUntil(t.reply, "this", 2)
	t.wantText(other.reply, "")
	wantEqual(t, "the text from another room", f.text[other.reply], "")
}

func (t *liveTest) followCancelled() {
	t.announce(1)
	ctx, cancel := context.WithCancel(t.ctx)
	next, stop := iter.Pull2(t.Follow(ctx, t.room, chat.Cursor{}))
	defer stop()
	if _, err, more := next(); err != nil || !more {
		t.Fatalf("Follow yielded an event: %v, error: %v, want the announced revision", more, err)
	}
	cancel()
	for e, err, more := next(); more; e, err, more = next() {
		if err == nil {
			t.Fatalf("Follow yielded %+v after its context was cancelled", e)
		}
	}
	for range t.Follow(t.ctx, t.room, chat.Cursor{}) {
		break
	}
}

// Four followers reconnect after every 1, 2, 3 or 4 events.
func (t *liveTest) followReconnects() {
	deltas := newDeltas(200)
	errs := concurrently(5, func(i int) error {
		if i == 0 {
			return t.appendOneByOne(deltas)
		}
		return t.readInSteps(strings.Join(deltas, ""), i)
	})
	for _, err := range errs {
		must(t, err)
	}
}

func (t *liveTest) appendOneByOne(deltas []string) error {
	for i := range deltas {
		if err := t.Append(t.ctx, t.newPiece(1, i, deltas[i])); err != nil {
			return err
		}
	}
	return nil
}

// readInSteps reads the text and reconnects with its cursor after every n events.
func (t *liveTest) readInSteps(want string, n int) error {
	text, cursor := "", chat.Cursor{}
	for text != want {
		events := 0
		for e, err := range t.Follow(t.ctx, t.room, cursor) {
			if err != nil {
				return err
			}
			text, cursor = text+e.Text, e.At
			events++
			if events == n || text == want {
				break
			}
		}
		if events == 0 || !strings.HasPrefix(want, text) {
			return fmt.Errorf("the text at %+v is %q, want the beginning of the appended text", cursor, text)
		}
	}
	return nil
}
