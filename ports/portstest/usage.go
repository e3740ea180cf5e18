package portstest

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/quota"
)

// Usage is the contract of a ports.Usage.
func Usage(t *testing.T, open func(t *testing.T) Stores) {
	proveStore(t, open, []sentence[*world]{
		{"each user and day has a count of its own", (*world).usageCounts},
		{"what was given back does not count", (*world).usageRefunded},
		{"a context that is over stops it", (*world).usageOver},
	})
}

func (w *world) usageCounts() {
	a, b := w.room(), w.room()
	sibling, tomorrow := w.roomOf(a.Owner, midday), midday.Add(24*time.Hour)
	w.counts(a.Owner, midday, 0)
	w.send(a, midday)
	w.send(sibling, midday)
	w.send(a, tomorrow)
	w.send(b, midday)
	w.counts(a.Owner, midday, 2)
	w.counts(a.Owner, tomorrow, 1)
	w.counts(a.Owner, midday.Add(-24*time.Hour), 0)
	w.counts(b.Owner, midday, 1)
	w.counts(b.Owner, tomorrow, 0)
	w.counts(w.id(), midday, 0)
}

func (w *world) usageRefunded() {
	r := w.room()
	for range 5 {
		w.send(r, midday)
	}
	w.exhausted(w.draft(r, midday), 5)
	w.finish(w.claim(midday), gaveUp, midday)
	w.counts(r.Owner, midday, 4)
	if a := w.accept(w.draft(r, midday)); a.Used != 5 {
		w.Fatalf("%d used after a unit came back, want 5", a.Used)
	}
	w.exhausted(w.draft(r, midday), 5)
}

func (w *world) usageOver() {
	w.over(map[string]func(context.Context) error{
		"Used": func(ctx context.Context) error {
			_, err := w.Usage.Used(ctx, w.id(), quota.DayOf(midday))
			return err
		},
	})
}
