package portstest

import "github.com/kuvaka-tech/parley/core/chat"

const (
	keyRooms    = 10 // in how many rooms raceKey repeats its requests
	keyRequests = 20 // how many requests with one key each room gets
)

// One half of the rooms repeat a Retry, the other half an Edit.
func (t *storeTest) raceKey() {
	all := t.addAnsweredExchanges(keyRooms)
	edits := make([]chat.Accepted, keyRooms*keyRequests)
	retries := make([]chat.Retried, keyRooms*keyRequests)
	errs := concurrently(keyRooms*keyRequests, func(i int) (err error) {
		x := all[i/keyRequests]
		if i/keyRequests%2 == 0 {
			retries[i], err = t.MessageChanges.Retry(t.ctx, x.keyedAgain("a", midday))
		} else {
			edits[i], err = t.MessageChanges.Edit(t.ctx, x.keyedEdit("a", "Bats?", midday))
		}
		return err
	})
	wantErrorCounts(t, errs, map[error]int{nil: len(errs)})
	units := make([]int, keyRooms)
	for i := range all {
		units[i] = 2
		from, to := i*keyRequests, (i+1)*keyRequests
		if i%2 == 0 {
			t.wantOneRetried(retries[from:to])
		} else {
			t.wantOneEdited(edits[from:to])
		}
	}
	t.wantSettled(all, units)
}

// wantOneRetried checks that one result is not a replay, and that all others are its replays.
func (t *storeTest) wantOneRetried(results []chat.Retried) {
	t.Helper()
	accepted := 0
	for _, r := range results {
		if !r.Replayed {
			accepted++
		}
		r.Replayed = results[0].Replayed
		wantEqual(t, "the result of Retry", r, results[0])
	}
	wantEqual(t, "the number of accepted retries", accepted, 1)
}

// wantOneEdited is like wantOneRetried for Edit.
func (t *storeTest) wantOneEdited(results []chat.Accepted) {
	t.Helper()
	accepted := 0
	for _, r := range results {
		if !r.Replayed {
			accepted++
		}
		r.Replayed = results[0].Replayed
		wantEqual(t, "the result of Edit", r, results[0])
	}
	wantEqual(t, "the number of accepted edits", accepted, 1)
}

func (t *storeTest) raceMismatch() {
	all := t.addAnsweredExchanges(raceRooms)
	results := race(raceRooms,
		func(i int) error { return errorOf(t.MessageChanges.Retry(t.ctx, all[i].keyedAgain("a", midday))) },
		func(i int) error {
			return errorOf(t.MessageChanges.Edit(t.ctx, all[i].keyedEdit("a", "Bats?", midday)))
		},
	)
	for i, errs := range results {
		wantErrorCounts(t, errs, map[error]int{nil: 1, chat.ErrMismatch: 1})
		wantEqual(t, "the versions of the prompt", t.getMessage(all[i], all[i].prompt).Versions == 1, errs[1] == nil)
	}
	t.wantSettled(all, each(2))
}
