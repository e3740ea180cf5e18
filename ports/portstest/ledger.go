package portstest

import (
	"context"
	"testing"
	"time"
)

// Ledger is the contract of a ports.Ledger.
func Ledger(t *testing.T, open func(t *testing.T) Stores) {
	proveStore(t, open, []sentence[*world]{
		{"an event is received until it was applied", (*world).ledgerStates},
		{"all who receive an event at once may apply it", (*world).ledgerRace},
		{"a context that is over stops every method", (*world).ledgerOver},
	})
}

func (w *world) event() string { return "evt_" + string(w.id()) }

func (w *world) receives(event string, now time.Time, want bool) {
	w.Helper()
	applied, err := w.Ledger.Receive(w.ctx, event, now)
	w.ok(err)
	if applied != want {
		w.Fatalf("an event applied before: %v, want %v", applied, want)
	}
}

func (w *world) ledgerStates() {
	event, other := w.event(), w.event()
	for i := range 3 {
		w.receives(event, midday.Add(time.Duration(i)*time.Hour), false)
	}
	w.receives(other, midday, false)
	for i := range 3 {
		now := midday.Add(time.Duration(i+3) * time.Hour)
		w.ok(w.Ledger.Applied(w.ctx, event, now))
		w.receives(event, now, true)
	}
	w.receives(other, midday, false)
}

func (w *world) ledgerRace() {
	event := w.event()
	got := make([]bool, 20)
	w.split(together(20, func(i int) (err error) {
		got[i], err = w.Ledger.Receive(w.ctx, event, midday)
		return err
	}), map[error]int{nil: 20})
	for _, applied := range got {
		if applied {
			w.Fatal("an event that nobody applied was told to be")
		}
	}
	w.split(together(20, func(int) error { return w.Ledger.Applied(w.ctx, event, midday) }), map[error]int{nil: 20})
	w.receives(event, midday, true)
}

func (w *world) ledgerOver() {
	event := w.event()
	w.receives(event, midday, false)
	w.over(map[string]func(context.Context) error{
		"Receive": func(ctx context.Context) error { _, err := w.Ledger.Receive(ctx, w.event(), midday); return err },
		"Applied": func(ctx context.Context) error { return w.Ledger.Applied(ctx, event, midday) },
	})
	w.receives(event, midday, false)
}
