package portstest

import (
	"context"
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

// The follower must know that the reply runs before it gets the reply's deltas.
func (t *liveTest) followRevisionFirst() {
	t.announce(4)
	t.append(1, 0, "o", "w")
	f := t.follow(chat.Cursor{Rev: 3})
	wantEqual(t, "the first event", f.next(), chat.Event{Kind: chat.Changed, At: chat.Cursor{Rev: 4}})
	f.readUntil(t.reply, "ow", 4)
	t.append(2, 0, "new")
	t.announce(5)
	seen := chat.Cursor{Rev: 4, Reply: t.reply, Fence: 1, Seq: 2}
	reconnected := t.follow(seen, "o", "w")
	seen.Rev = 5
	wantEqual(t, "the first event", reconnected.next(), chat.Event{Kind: chat.Changed, At: seen})
	reconnected.wantNextReset()
	reconnected.readUntil(t.reply, "new", 5)
}

func (t *liveTest) followNewerFence() {
	t.append(1, 0, "half ", "an ")
	connected := t.follow(chat.Cursor{})
	connected.readUntil(t.reply, "half an ", 0)
	t.append(2, 0, "whole ")
	t.append(2, 1, "answer")
	reconnected := t.follow(chat.Cursor{Reply: t.reply, Fence: 1, Seq: 1}, "half ")
	for _, f := range []*roomFollower{connected, reconnected} {
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

// Such a follower has read in the store that the reply runs, or its attempt had no text yet.
func (t *liveTest) followWithoutDeltas() {
	t.append(2, 0, "o", "w")
	for _, from := range []chat.Cursor{{Reply: t.reply}, {Reply: t.reply, Fence: 1}, {Reply: t.reply, Fence: 2}} {
		f := t.follow(from)
		f.readUntil(t.reply, "ow", 0)
		f.wantNoResets()
		f.wantCursor(chat.Cursor{Reply: t.reply, Fence: 2, Seq: 2})
	}
}

func (t *liveTest) followNextReply() {
	t.append(1, 0, "first")
	connected := t.follow(chat.Cursor{})
	connected.readUntil(t.reply, "first", 0)
	t.announce(4, t.attempt(1))
	second := t.withNewReply()
	second.append(1, 0, "second")
	reconnected := t.follow(chat.Cursor{Reply: t.reply, Fence: 1, Seq: 3}, "fir")
	fresh := t.follow(chat.Cursor{})
	for _, f := range []*roomFollower{connected, reconnected, fresh} {
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
	t.announce(2, t.attempt(1))
	t.wantRefused(t.newPiece(1, 0, "first", "late"), reply.ErrClaimLost)
	wantEqual(t, "the text of the second reply", t.read().Text(), text)
}

func (t *liveTest) followOneRoom() {
	other := t.withNewRoom().withNewReply()
	f := t.follow(chat.Cursor{})
	other.append(1, 0, "other")
	other.announce(7)
	t.append(1, 0, "this")
	t.announce(2)
	f.readUntil(t.reply, "this", 2)
	t.wantText(1, "this")
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
