package portstest

import (
	"maps"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// due keeps a record that is due at that time, zero for never.
func (w *world) due(at time.Time) subscription.Record {
	w.Helper()
	r := record(w.user().ID)
	r.Due = at
	w.ok(w.Subscriptions.Save(w.ctx, r, midday))
	r.Version++
	return r
}

// takesDue asserts which records are due at now, in order; each must come back as it is kept, put off.
func (w *world) takesDue(now, later time.Time, n int, want ...subscription.Record) {
	w.Helper()
	got, err := w.Subscriptions.Due(w.ctx, now, later, n)
	w.ok(err)
	for i := range want {
		want[i].Due = later
	}
	w.same("what is due", got, want)
}

func (w *world) dueInOrder() {
	w.due(time.Time{})
	third, first, second := w.due(midday), w.due(midday.Add(-2*time.Hour)), w.due(midday.Add(-time.Microsecond))
	fourth := w.due(midday.Add(time.Microsecond))
	later := midday.Add(time.Hour)
	w.takesDue(midday.Add(-3*time.Hour), later, 10)
	w.takesDue(midday, later, 0)
	w.takesDue(midday, later.Add(time.Second), 1, first)
	w.takesDue(midday, later, 1, second)
	w.takesDue(midday, later.Add(time.Minute), 2, third)
	w.takesDue(midday, later, 2)
	w.takesDue(later.Add(-time.Microsecond), later.Add(time.Hour), 10, fourth)
	w.takesDue(later.Add(2*time.Hour), later, 10, second, first, third, fourth)
}

func (w *world) dueKeepsAll() {
	r, later := w.due(midday), midday.Add(time.Hour)
	w.takesDue(midday, later, 1, r)
	put := r
	put.Due = later
	w.records(put, midday)
	r.Due = time.Time{}
	w.ok(w.Subscriptions.Save(w.ctx, r, midday)) // read before it was put off
	r.Version++
	w.records(r, midday)
	w.takesDue(later.AddDate(100, 0, 0), later, 1)
}

func (w *world) dueRace() {
	for range 10 {
		for range 4 {
			w.due(midday)
		}
		got := make([][]subscription.Record, 8)
		w.split(together(len(got), func(i int) (err error) {
			got[i], err = w.Subscriptions.Due(w.ctx, midday, midday.Add(time.Hour), 3)
			return err
		}), map[error]int{nil: len(got)})
		left, err := w.Subscriptions.Due(w.ctx, midday, midday.Add(time.Hour), 100) // passed over by who met another there
		w.ok(err)
		taken := map[id.ID]int{}
		for _, r := range slices.Concat(append(got, left)...) {
			taken[r.User]++
		}
		if len(taken) != 4 || slices.Max(slices.Collect(maps.Values(taken))) != 1 {
			w.Fatalf("4 records were taken so: %v", taken)
		}
	}
}
