package portstest

import (
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

func (t *storeTest) cancelQueued() {
	x := t.addExchange(t.addRoom(), midday)
	next := t.addExchange(x.Room, midday)
	want := t.getMessage(x, x.reply)
	want.Status = chat.Cancelled
	want.Rev = 5
	cancelled := t.cancel(x.stop(midday))
	wantEqual(t, "the result of Cancel", cancelled, ports.Cancelled{Reply: want, Next: next.reply})
	wantEqual(t, "the reply", t.getMessage(x, x.reply), want)
	x.Rev = 5
	wantEqual(t, "the room", t.getRoom(x.Room), x.Room)
	t.wantCount(x.Owner, midday, 1)
	t.wantDepth(midday, ports.Depth{Queued: 1})
	t.wantRefused(x.Room, x.reply, 0, reply.ErrCancelled)
	t.wantClaim(midday, next.reply)
	last := t.addExchange(x.Room, midday)
	if c := t.cancel(last.stop(midday)); c.Next != "" {
		t.Fatalf("the next reply after a Cancel behind a running reply is %s, want none", c.Next)
	}
	t.wantCount(x.Owner, midday, 1)
	t.wantNoneDue(midday)
}

func (t *storeTest) cancelWaiting() {
	x := t.addExchange(t.addRoom(), midday)
	next := t.addExchange(x.Room, midday)
	task := t.wantClaim(midday, x.reply)
	t.finish(task, retryAt(midday.Add(time.Minute)), midday)
	t.wantNoneDue(midday)
	want := t.getMessage(x, x.reply)
	want.Status = chat.Cancelled
	want.Rev = 7
	cancelled := t.cancel(x.stop(midday))
	wantEqual(t, "the result of Cancel", cancelled, ports.Cancelled{Reply: want, Fence: task.Fence, Next: next.reply})
	t.wantCount(x.Owner, midday, 1)
	t.wantClaim(midday, next.reply)
}

func (t *storeTest) cancelRunning() {
	x := t.addExchange(t.addRoom(), midday)
	t.addExchange(x.Room, midday)
	task := t.wantClaim(midday, x.reply)
	want := ports.Cancelled{Reply: t.getMessage(x, x.reply), Fence: task.Fence}
	for range 3 {
		t.wantUnchanged(x.Room, func() {
			wantEqual(t, "the result of Cancel", t.cancel(x.stop(midday)), want)
		})
	}
	t.wantNoneDue(midday)
	t.wantDepth(midday, ports.Depth{Queued: 1, Running: 1})
}

func (t *storeTest) cancelExpired() {
	x := t.addExchange(t.addRoom(), midday)
	task := t.wantClaim(midday, x.reply)
	expires := midday.Add(reply.Lease)
	for at, want := range map[time.Time]bool{expires.Add(-time.Microsecond): false, expires: true} {
		if c := t.cancel(x.stop(at)); c.Expired != want || c.Fence != task.Fence || c.Reply.Status != chat.Running {
			t.Fatalf("Cancel at %v returned %+v, want a running reply with fence %d and Expired %v",
				at, c, task.Fence, want)
		}
	}
	t.finish(task, stopped, expires)
	wantEqual(t, "the text of the reply", t.getMessage(x, x.reply).Content, stopped.Content)
	t.wantNoneDue(expires)
}

func (t *storeTest) cancelMidnight() {
	midnight := quota.DayOf(midday).End()
	before, after := midnight.Add(-time.Second), midnight.Add(time.Second)
	first := t.addExchange(t.addRoom(), before)
	second := t.addExchange(first.Room, before)
	third := t.addExchange(first.Room, after)
	for _, step := range []struct {
		exchange
		before, after int // the counts of the two days
	}{{first, 1, 1}, {third, 1, 0}, {second, 0, 0}} {
		t.cancel(step.stop(after))
		t.wantCount(first.Owner, before, step.before)
		t.wantCount(first.Owner, after, step.after)
	}
}

// wantNotCancellable checks that Cancel fails for the message and changes nothing.
func (t *storeTest) wantNotCancellable(x exchange, messageID id.ID) {
	t.Helper()
	t.wantUnchanged(x.Room, func() {
		c := exchange{Room: x.Room, reply: messageID}.stop(midday)
		wantError(t, errorOf(t.MessageChanges.Cancel(t.ctx, c)), reply.ErrNotCancellable)
	})
}

func (t *storeTest) cancelRefused() {
	for _, ending := range endings {
		x := t.addEnded(ending.outcome, midday)
		t.wantNotCancellable(x, x.reply)
		t.wantNotCancellable(x, x.prompt)
		queued := t.addExchange(x.Room, midday)
		t.wantNotCancellable(x, queued.prompt)
		t.cancel(queued.stop(midday))
		t.wantNotCancellable(x, queued.reply)
	}
}
