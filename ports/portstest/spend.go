package portstest

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/quota"
)

// Spend is the contract of a ports.Spend.
func Spend(t *testing.T, open func(t *testing.T) Stores) {
	proveStore(t, open, []sentence[*world]{
		{"each day has a count of its own", (*world).spendCounts},
		{"what is counted at once is all counted", (*world).spendRace},
		{"more than fits into 32 bits can be spent", (*world).spendMuch},
		{"recent counts are kept, those of a year ago are not", (*world).spendPurged},
		{"a context that is over stops every method", (*world).spendOver},
	})
}

var today = quota.DayOf(midday)

func (w *world) spend(day quota.Day, tokens int64) {
	w.Helper()
	w.ok(w.Spend.Add(w.ctx, day, tokens))
}

func (w *world) spent(day quota.Day, want int64) {
	w.Helper()
	got, err := w.Spend.Spent(w.ctx, day)
	w.ok(err)
	w.same("what was spent", got, want)
}

func (w *world) spendCounts() {
	w.spent(today, 0)
	w.spend(today, 5)
	w.spend(today, 0)
	w.spend(today, 7)
	w.spend(today+1, 1)
	w.spent(today, 12)
	w.spent(today+1, 1)
	w.spent(today-1, 0)
}

func (w *world) spendRace() {
	w.split(together(40, func(i int) error { return w.Spend.Add(w.ctx, today, int64(i)) }), map[error]int{nil: 40})
	w.spent(today, 40*39/2)
}

func (w *world) spendMuch() {
	for range 3 {
		w.spend(today, 1<<40)
	}
	w.spent(today, 3<<40)
}

func (w *world) spendPurged() {
	w.spend(today, 5)
	w.purge(midday.Add(7 * 24 * time.Hour))
	w.spent(today, 5)
	w.purge(midday.Add(366 * 24 * time.Hour))
	w.spent(today, 0)
}

func (w *world) spendOver() {
	w.spend(today, 5)
	w.over(map[string]func(context.Context) error{
		"Add":   func(ctx context.Context) error { return w.Spend.Add(ctx, today, 1) },
		"Spent": func(ctx context.Context) error { _, err := w.Spend.Spent(ctx, today); return err },
	})
	w.spent(today, 5)
}
