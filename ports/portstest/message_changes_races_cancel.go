package portstest

import (
	"sync"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// stopAll returns a request that cancels the reply of room i.
func (t *storeTest) stopAll(all []exchange) func(i int) error {
	return func(i int) error { return errorOf(t.MessageChanges.Cancel(t.ctx, all[i].stop(midday))) }
}

func (t *storeTest) raceCancels() {
	all := t.addQueuedExchanges(raceRooms)
	for i, errs := range race(raceRooms, t.stopAll(all), t.stopAll(all)) {
		wantErrorCounts(t, errs, map[error]int{nil: 1, reply.ErrNotCancellable: 1})
		if m := t.getMessage(all[i], all[i].reply); m.Status != chat.Cancelled || m.Rev != 3 {
			t.Fatalf("the reply is %+v, want cancelled with revision 3", m)
		}
	}
	t.wantNoneDue(midday)
	t.wantSettled(all, each(0))
}

func (t *storeTest) raceCancelsRunning() {
	all, tasks := t.addRunningExchanges(raceRooms)
	for i, errs := range race(raceRooms, t.stopAll(all), t.stopAll(all)) {
		wantErrorCounts(t, errs, map[error]int{nil: 2})
		t.wantCount(all[i].Owner, midday, 1)
	}
	end := func(i int) error {
		stopped := reply.CancelledOutcome("", manyRefunds)
		return errorOf(t.ReplyQueue.Finish(t.ctx, tasks[i].Reply, tasks[i].Fence, stopped, midday))
	}
	for _, errs := range race(raceRooms, end, end) {
		wantErrorCounts(t, errs, map[error]int{nil: 1, reply.ErrCancelled: 1})
	}
	t.wantSettled(all, each(0))
}

// The worker wants to answer, to fail or to retry. If the Cancel is first, it finishes the
// reply a second time, as cancelled.
func (t *storeTest) raceCancelFinish() {
	all, tasks := t.addRunningExchanges(raceRooms)
	outcomes := []reply.Outcome{answered, failed, retryAt(midday)}
	finish := func(i int, o reply.Outcome) error {
		return errorOf(t.ReplyQueue.Finish(t.ctx, tasks[i].Reply, tasks[i].Fence, o, midday))
	}
	results := race(raceRooms, t.stopAll(all), func(i int) error { return finish(i, outcomes[i%3]) })
	units := make([]int, raceRooms)
	for i, errs := range results {
		o, want := outcomes[i%3], chat.Cancelled
		switch {
		case errs[1] != nil:
			wantErrorCounts(t, errs, map[error]int{nil: 1, reply.ErrCancelled: 1})
			must(t, finish(i, reply.CancelledOutcome("", manyRefunds)))
		case o.Status.Final():
			wantErrorCounts(t, errs, map[error]int{nil: 1, reply.ErrNotCancellable: 1})
			want = o.Status
		default:
			wantErrorCounts(t, errs, map[error]int{nil: 2})
		}
		wantEqual(t, "the status of the reply", t.getMessage(all[i], all[i].reply).Status, want)
		if want == chat.Done {
			units[i] = 1
		}
		if err := finish(i, reply.CancelledOutcome("late", manyRefunds)); err == nil {
			t.Fatalf("a reply that had ended as %s was finished again, want an error", want)
		}
	}
	t.wantNoneDue(midday)
	t.wantSettled(all, units)
}

// Four workers claim until they find no more replies.
func (t *storeTest) raceCancelClaim() {
	all := t.addQueuedExchanges(raceRooms)
	var mu sync.Mutex
	tasks := map[id.ID]reply.Task{}
	claim := func() error {
		for {
			claimed, err := t.ReplyQueue.Claim(t.ctx, midday, reply.Lease, 3, 0)
			if err != nil || len(claimed) == 0 {
				return err
			}
			mu.Lock()
			for _, task := range claimed {
				tasks[task.Reply] = task
			}
			mu.Unlock()
		}
	}
	errs := concurrently(4+raceRooms, func(i int) error {
		if i < 4 {
			return claim()
		}
		return t.stopAll(all)(i - 4)
	})
	wantErrorCounts(t, errs, map[error]int{nil: len(errs)})
	for _, x := range all {
		task, claimed := tasks[x.reply]
		if m := t.getMessage(x, x.reply); claimed != (m.Status == chat.Running) {
			t.Fatalf("the reply is %s and was claimed: %v, want running if claimed, else cancelled", m.Status, claimed)
		}
		if claimed {
			t.wantRefused(x.Room, x.reply, task.Fence, reply.ErrCancelled)
			t.finish(task, reply.CancelledOutcome("", manyRefunds), midday)
		}
	}
	t.wantSettled(all, each(0))
}

// If the Retry is first, the Cancel ends the new attempt.
func (t *storeTest) raceCancelRetry() {
	all := t.addAnsweredExchanges(raceRooms)
	results := race(raceRooms, t.stopAll(all), func(i int) error {
		return errorOf(t.MessageChanges.Retry(t.ctx, all[i].again(midday)))
	})
	units := make([]int, raceRooms)
	for i, errs := range results {
		must(t, errs[1])
		units[i] = 1
		want := chat.Cancelled
		if errs[0] != nil {
			wantError(t, errs[0], reply.ErrNotCancellable)
			units[i] = 2
			want = chat.Queued
		}
		wantEqual(t, "the status of the reply", t.getMessage(all[i], all[i].reply).Status, want)
	}
	t.wantSettled(all, units)
}

func (t *storeTest) raceDelete() {
	all := t.addAnsweredExchanges(raceRooms)
	results := race(raceRooms,
		func(i int) error { return t.Rooms.Delete(t.ctx, all[i].Owner, all[i].ID) },
		func(i int) error {
			if i%2 == 0 {
				return errorOf(t.MessageChanges.Retry(t.ctx, all[i].again(midday)))
			}
			return errorOf(t.MessageChanges.Edit(t.ctx, all[i].edit("Bats?", midday)))
		},
	)
	for i, errs := range results {
		must(t, errs[0])
		want := 2
		if errs[1] != nil {
			wantError(t, errs[1], chat.ErrNotFound)
			want = 1
		}
		t.wantCount(all[i].Owner, midday, want)
		t.wantNoRoom(all[i].Owner, all[i].ID)
	}
	t.wantNoneDue(midday)
}
