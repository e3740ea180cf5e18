package portstest

import (
	"maps"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// addRecord stores a record of a new user that is due at a time; the zero time means never.
func (t *storeTest) addRecord(due time.Time) subscription.Record {
	t.Helper()
	r := newRecord(t.addUser().ID)
	r.Due = due
	must(t, t.Subscriptions.Save(t.ctx, r, midday))
	r.Version++
	return r
}

// wantDue takes at most n due records and checks which ones TakeDue returns, in
// order. Each must be returned with the new due time.
func (t *storeTest) wantDue(now, later time.Time, n int, want ...subscription.Record) {
	t.Helper()
	got, err := t.Subscriptions.TakeDue(t.ctx, now, later, n)
	must(t, err)
	for i := range want {
		want[i].Due = later
	}
	wantEqual(t, "the due records", got, want)
}

func (t *storeTest) dueInOrder() {
	t.addRecord(time.Time{})
	third := t.addRecord(midday)
	first := t.addRecord(midday.Add(-2 * time.Hour))
	second := t.addRecord(midday.Add(-time.Microsecond))
	fourth := t.addRecord(midday.Add(time.Microsecond))
	later := midday.Add(time.Hour)
	t.wantDue(midday.Add(-3*time.Hour), later, 10)
	t.wantDue(midday, later, 0)
	t.wantDue(midday, later.Add(time.Second), 1, first)
	t.wantDue(midday, later, 1, second)
	t.wantDue(midday, later.Add(time.Minute), 2, third)
	t.wantDue(midday, later, 2)
	t.wantDue(later.Add(-time.Microsecond), later.Add(time.Hour), 10, fourth)
	t.wantDue(later.Add(2*time.Hour), later, 10, second, first, third, fourth)
}

func (t *storeTest) dueOnlyPostpones() {
	r, later := t.addRecord(midday), midday.Add(time.Hour)
	t.wantDue(midday, later, 1, r)
	postponed := r
	postponed.Due = later
	t.wantRecord(postponed, midday)
	r.Due = time.Time{}
	must(t, t.Subscriptions.Save(t.ctx, r, midday)) // with the version from before TakeDue
	r.Version++
	t.wantRecord(r, midday)
	t.wantDue(later.AddDate(100, 0, 0), later, 1)
}

func (t *storeTest) dueRace() {
	for range 10 {
		for range 4 {
			t.addRecord(midday)
		}
		got := make([][]subscription.Record, 8)
		errs := concurrently(len(got), func(i int) (err error) {
			got[i], err = t.Subscriptions.TakeDue(t.ctx, midday, midday.Add(time.Hour), 3)
			return err
		})
		wantErrorCounts(t, errs, map[error]int{nil: len(got)})
		// A call may skip records that a concurrent call has locked.
		rest, err := t.Subscriptions.TakeDue(t.ctx, midday, midday.Add(time.Hour), 100)
		must(t, err)
		taken := map[id.ID]int{}
		for _, r := range slices.Concat(append(got, rest)...) {
			taken[r.User]++
		}
		if len(taken) != 4 || slices.Max(slices.Collect(maps.Values(taken))) != 1 {
			t.Fatalf("records taken by user: %v, want each of the 4 once", taken)
		}
	}
}
