package portstest

import (
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// addCancelled adds a room with a running reply that its user has cancelled.
func (t *storeTest) addCancelled() (exchange, reply.Task) {
	t.Helper()
	x := t.addExchange(t.addRoom(), midday)
	task := t.wantClaim(midday, x.reply)
	t.cancel(x.stop(midday))
	return x, task
}

func (t *storeTest) cancelledRefused() {
	x, task := t.addCancelled()
	t.wantRefused(x.Room, x.reply, task.Fence, reply.ErrCancelled)
	t.wantRefused(x.Room, x.reply, task.Fence-1, reply.ErrClaimLost)
	wantError(t, errorOf(t.ReplyQueue.Finish(t.ctx, x.reply, task.Fence-1, stopped, midday)), reply.ErrClaimLost)
	expires := midday.Add(reply.Lease)
	t.wantNoneDue(expires.Add(-time.Microsecond))
	t.finish(task, stopped, midday)
	t.wantRefused(x.Room, x.reply, task.Fence, reply.ErrCancelled)
	wantError(t, errorOf(t.ReplyQueue.Finish(t.ctx, x.reply, task.Fence, stopped, midday)), reply.ErrCancelled)
	t.wantNoneDue(expires)
}

func (t *storeTest) cancelledFinish() {
	for text, count := range map[string]int{"": 0, " ": 1, "Mice and 🐁": 1} {
		x, task := t.addCancelled()
		want := t.getMessage(x, x.reply)
		want.Status = chat.Cancelled
		want.Content = text
		want.Rev = 4
		done := t.finish(task, reply.CancelledOutcome(text, manyRefunds), midday.Add(time.Second))
		wantEqual(t, "the result of Finish", done, ports.Finished{Rev: 4, Refunded: text == ""})
		wantEqual(t, "the reply", t.getMessage(x, x.reply), want)
		wantEqual(t, "the revision of the room", t.getRoom(x.Room).Rev, int64(4))
		t.wantCount(x.Owner, midday, count)
		t.wantDepth(midday.Add(reply.Lease), ports.Depth{})
	}
}

func (t *storeTest) cancelledClaim() {
	x, task := t.addCancelled()
	next := t.addExchange(x.Room, midday)
	expires := midday.Add(reply.Lease)
	again := t.wantClaim(expires, x.reply)
	if !again.Cancelling || again.Fence <= task.Fence || again.Crashes != 1 || task.Cancelling {
		t.Fatalf("the claims are %+v and %+v, want only the second with Cancelling, and a higher fence", task, again)
	}
	wantError(t, errorOf(t.ReplyQueue.Finish(t.ctx, x.reply, task.Fence, stopped, expires)), reply.ErrClaimLost)
	t.wantRefused(x.Room, x.reply, again.Fence, reply.ErrCancelled)
	t.wantNoneDue(expires)
	again = t.wantClaim(expires.Add(reply.Lease), x.reply)
	if !again.Cancelling {
		t.Fatalf("the third claim is %+v, want Cancelling", again)
	}
	t.wantNext(again, stopped, expires.Add(reply.Lease), next.reply)
	if last := t.wantClaim(expires.Add(reply.Lease), next.reply); last.Cancelling {
		t.Fatalf("the claim of the next reply is %+v, want no Cancelling", last)
	}
}

func (t *storeTest) cancelledNext() {
	rooms, replies := t.addQueuedRooms(3, midday)
	now := midday.Add(time.Second)
	running := t.wantClaimed(now, 1, replies[0])[0]
	t.wantClaimed(now, 1)
	t.cancel(exchange{Room: rooms[0], reply: replies[0]}.stop(now))
	t.wantClaimed(now, 1)
	t.wantNextOneOf(running, stopped, now, replies[1:])
	t.wantClaimed(now, 1, replies[1])
	t.cancel(exchange{Room: rooms[2], reply: replies[2]}.stop(now))
	t.wantClaimed(now, 2)
}

func (t *storeTest) cancelledAgain() {
	x, task := t.addCancelled()
	t.finish(task, stopped, midday)
	t.retry(x.again(midday))
	again := t.wantClaim(midday, x.reply)
	if again.Cancelling {
		t.Fatalf("the claim after Retry is %+v, want no Cancelling", again)
	}
	t.renew(again, midday, reply.Lease)
	t.finish(again, answered, midday)
	t.wantCount(x.Owner, midday, 2)
}

func (t *storeTest) cancelledRace() {
	x, task := t.addCancelled()
	errs := concurrently(20, func(int) error {
		stopped := reply.CancelledOutcome("", manyRefunds)
		return errorOf(t.ReplyQueue.Finish(t.ctx, task.Reply, task.Fence, stopped, midday))
	})
	wantErrorCounts(t, errs, map[error]int{nil: 1, reply.ErrCancelled: 19})
	t.wantCount(x.Owner, midday, 0)
	wantEqual(t, "the revision of the room", t.getRoom(x.Room).Rev, int64(4))
}
