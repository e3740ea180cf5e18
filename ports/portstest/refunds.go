package portstest

import (
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
)

// manyRefunds is a limit that no test reaches.
const manyRefunds = quota.RefundLimit(1000)

// failedWithin is the outcome of a failed attempt with this limit of refunds.
func failedWithin(limit quota.RefundLimit) reply.Outcome {
	o := failed
	o.RefundLimit = limit
	return o
}

// addRunning adds n rooms of the owner of r with one running reply each.
func (t *storeTest) addRunning(r chat.Room, n int) []reply.Task {
	t.Helper()
	for range n {
		t.sendUnlimited(t.addRoomOf(r.Owner, midday), midday)
	}
	tasks := t.claimUpTo(midday, n)
	for len(tasks) < n { // a claim takes one reply of each user
		more := t.claimUpTo(midday, n)
		if len(more) == 0 {
			t.Fatalf("claimed %d replies, want %d", len(tasks), n)
		}
		tasks = append(tasks, more...)
	}
	return tasks
}

// wantFinish writes an outcome, and checks whether the unit was refunded and how many are used.
func (t *storeTest) wantFinish(task reply.Task, o reply.Outcome, refunded bool, used int) {
	t.Helper()
	done := t.finish(task, o, midday)
	wantEqual(t, "whether the unit was refunded", done.Refunded, refunded)
	t.wantCount(task.User, midday, used)
}

func (t *storeTest) refundLimit() {
	const limit = 3
	r := t.addRoom()
	tasks := t.addRunning(r, 4)
	t.wantFinish(tasks[0], failedWithin(limit), true, 3)
	t.wantFinish(tasks[1], answered, false, 3)
	queued := t.addExchange(t.addRoomOf(r.Owner, midday), midday)
	stop := queued.stop(midday)
	stop.RefundLimit = limit
	t.cancel(stop)
	t.wantCount(r.Owner, midday, 3)
	t.cancelRunningReply(tasks[2])
	t.wantFinish(tasks[2], reply.CancelledOutcome("", limit), true, 2)
	t.wantFinish(tasks[3], failedWithin(limit), false, 2)
	beyond := t.addExchange(t.addRoomOf(r.Owner, midday), midday)
	stop = beyond.stop(midday)
	stop.RefundLimit = limit
	t.cancel(stop)
	t.wantCount(r.Owner, midday, 3)
	wantEqual(t, "the status beyond the limit", t.getMessage(beyond, beyond.reply).Status, chat.Cancelled)
	again := t.retry(beyond.again(midday))
	wantEqual(t, "the number of the retry", again.Used, 4)
}

// cancelRunningReply cancels a running reply.
func (t *storeTest) cancelRunningReply(task reply.Task) {
	t.Helper()
	x := exchange{Room: chat.Room{ID: task.Room, Owner: task.User}, reply: task.Reply}
	t.cancel(x.stop(midday))
}

func (t *storeTest) refundLimitOfDays() {
	tomorrow := midday.AddDate(0, 0, 1)
	r, other := t.addRoom(), t.addRoom()
	t.send(r, midday)
	t.send(r, midday)
	t.send(r, tomorrow)
	for i, want := range []bool{true, false, true} {
		done := t.finish(t.claimOne(tomorrow), failedWithin(1), tomorrow)
		wantEqual(t, "whether the unit was refunded", done.Refunded, want)
		t.wantCount(r.Owner, midday, 1)
		t.wantCount(r.Owner, tomorrow, []int{1, 1, 0}[i])
	}
	t.wantFinish(t.addRunning(other, 1)[0], failedWithin(1), true, 0)
}

// The outcomes of two users are written concurrently, which may be in one batch.
func (t *storeTest) refundLimitRace() {
	const n, limit = 30, 7
	a, b := t.addRoom(), t.addRoom()
	tasks := append(t.addRunning(a, n), t.addRunning(b, n)...)
	errs := concurrently(2*len(tasks), func(i int) error {
		task := tasks[i/2] // each twice
		return errorOf(t.ReplyQueue.Finish(t.ctx, task.Reply, task.Fence, failedWithin(limit), midday))
	})
	wantErrorCounts(t, errs, map[error]int{nil: 2 * n, reply.ErrClaimLost: 2 * n})
	t.wantCount(a.Owner, midday, n-limit)
	t.wantCount(b.Owner, midday, n-limit)
}

func (t *storeTest) refundLimitMixed() {
	const n, limit = 10, 7
	r := t.addRoom()
	tasks := t.addRunning(r, n)
	var queued []exchange
	for range n {
		d := t.newDraft(t.addRoomOf(r.Owner, midday), midday)
		d.Basic.Limit = quota.Unlimited
		queued = append(queued, exchange{Room: chat.Room{ID: d.Room, Owner: r.Owner}, reply: t.accept(d).Reply})
	}
	errs := concurrently(2*n, func(i int) error {
		if i%2 == 0 {
			task := tasks[i/2]
			return errorOf(t.ReplyQueue.Finish(t.ctx, task.Reply, task.Fence, failedWithin(limit), midday))
		}
		stop := queued[i/2].stop(midday)
		stop.RefundLimit = limit
		return errorOf(t.MessageChanges.Cancel(t.ctx, stop))
	})
	wantErrorCounts(t, errs, map[error]int{nil: 2 * n})
	t.wantCount(r.Owner, midday, 2*n-limit)
}
