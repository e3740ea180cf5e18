package portstest

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// Workers is the contract of a ports.Workers.
func Workers(t *testing.T, open func(t *testing.T) Stores) {
	proveStore(t, open, []sentence[*world]{
		{"a worker lives until its last beat is over", (*world).workersBeat},
		{"workers that beat at once are all counted", (*world).workersRace},
		{"a context that is over stops every method", (*world).workersOver},
	})
}

func (w *world) beat(worker string, until time.Time) {
	w.Helper()
	w.ok(w.Workers.Beat(w.ctx, worker, until))
}

func (w *world) live(now time.Time, want int) {
	w.Helper()
	got, err := w.Workers.Live(w.ctx, now)
	w.ok(err)
	if got != want {
		w.Fatalf("%d workers live at %v, want %d", got, now, want)
	}
}

func (w *world) workersBeat() {
	a, b, end := string(w.id()), string(w.id()), midday.Add(time.Minute)
	w.live(midday, 0)
	w.beat(a, end)
	w.beat(b, end.Add(time.Second))
	w.beat(b, end)
	w.live(end.Add(-time.Microsecond), 2)
	w.beat(a, end.Add(time.Minute))
	w.live(end, 1)
	w.beat(a, end)
	w.live(end, 0)
	w.beat(b, end.Add(time.Second))
	w.live(end, 1)
}

func (w *world) workersRace() {
	prefix := w.id()
	w.split(together(40, func(i int) error {
		return w.Workers.Beat(w.ctx, fmt.Sprint(prefix, i%20), midday.Add(time.Minute))
	}), map[error]int{nil: 40})
	w.live(midday, 20)
}

func (w *world) workersOver() {
	known := string(w.id())
	w.beat(known, midday.Add(time.Minute))
	w.over(map[string]func(context.Context) error{
		"Beat":      func(ctx context.Context) error { return w.Workers.Beat(ctx, string(w.id()), midday.Add(time.Hour)) },
		"Beat last": func(ctx context.Context) error { return w.Workers.Beat(ctx, known, midday) },
		"Live":      func(ctx context.Context) error { _, err := w.Workers.Live(ctx, midday); return err },
	})
	w.live(midday, 1)
}
