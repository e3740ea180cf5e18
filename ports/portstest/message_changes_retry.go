package portstest

import (
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

func (t *storeTest) retryStores() {
	for _, ending := range endings {
		x, at := t.addEnded(ending.outcome, midday), midday.Add(time.Hour)
		used := t.countMessages(x.Owner, midday) + 1
		messages := t.allMessages(x.Room)
		messages[1] = askedAgain(messages[1], ending.versions, at, 5)
		want := chat.Retried{Reply: messages[1], Spent: chat.Spent{Used: used, Limit: 5}}
		wantEqual(t, "the result of Retry", t.retry(x.again(at)), want)
		wantEqual(t, "the messages of the room", t.allMessages(x.Room), messages)
		x.Rev = 5
		wantEqual(t, "the room", t.getRoom(x.Room), x.Room)
		t.wantCount(x.Owner, midday, used)
		must(t, t.Rooms.Delete(t.ctx, x.Owner, x.ID))
	}
}

// wantNotRetryable checks that Retry refuses to change the message, and changes nothing.
func (t *storeTest) wantNotRetryable(x exchange, messageID id.ID) {
	t.Helper()
	t.wantUnchanged(x.Room, func() {
		again := exchange{Room: x.Room, reply: messageID}.again(midday)
		wantError(t, errorOf(t.MessageChanges.Retry(t.ctx, again)), reply.ErrNotRetryable)
	})
}

func (t *storeTest) retryRefused() {
	first := t.addEnded(failed, midday)
	t.wantNotRetryable(first, first.prompt)
	last := t.addExchange(first.Room, midday)
	t.wantNotRetryable(first, first.reply)
	t.wantNotRetryable(last, last.reply)
	task := t.wantClaim(midday, last.reply)
	t.wantNotRetryable(last, last.reply)
	t.cancel(last.stop(midday))
	t.wantNotRetryable(last, last.reply)
	t.finish(task, stopped, midday)
	t.wantNotRetryable(first, first.reply)
	t.wantNotRetryable(last, last.prompt)
	t.retry(last.again(midday))
	t.wantNotRetryable(last, last.reply)
}

// The reply had an error and a crash before. They do not count for the new attempts.
func (t *storeTest) againClaimed() {
	x := t.addExchange(t.addRoom(), midday)
	t.finish(t.wantClaim(midday, x.reply), retryAt(midday), midday)
	t.wantClaim(midday, x.reply)
	expired := midday.Add(reply.Lease)
	last := t.wantClaim(expired, x.reply)
	t.finish(last, failed, expired)
	for _, ask := range []func(at time.Time){
		func(at time.Time) { t.edit(x.edit("Bats?", at)) },
		func(at time.Time) { t.retry(x.again(at)) },
	} {
		at := last.FirstClaim.Add(time.Hour)
		ask(at)
		t.wantRefused(x.Room, x.reply, last.Fence, reply.ErrClaimLost)
		t.wantNoneDue(at.Add(-time.Microsecond))
		task := t.wantClaim(at, x.reply)
		if task.Fence <= last.Fence {
			t.Fatalf("the fence is %d after %d, want a higher one", task.Fence, last.Fence)
		}
		wantEqual(t, "the task", task, reply.Task{
			Reply:      x.reply,
			Room:       x.ID,
			User:       x.Owner,
			Prompt:     t.getMessage(x, x.prompt),
			Fence:      task.Fence,
			Rev:        t.getRoom(x.Room).Rev,
			FirstClaim: at,
		})
		t.finish(task, answered, at)
		last = task
	}
	wantEqual(t, "the prompt of the last claim", last.Prompt.Content, "Bats?")
}

func (t *storeTest) againRank() {
	at := func(seconds int) time.Time { return midday.Add(time.Duration(seconds) * time.Second) }
	basic, pro := t.addEnded(answered, midday), t.addEnded(answered, midday)
	t.setProUntil(pro.Owner, midday.Add(24*time.Hour))
	other := t.addExchange(t.addRoom(), at(40))
	t.retry(basic.again(at(50)))
	t.edit(pro.edit("Bats?", at(60))) // with a head start of 30 s
	for _, want := range []id.ID{pro.reply, other.reply, basic.reply} {
		t.wantClaim(at(70), want)
	}
}
