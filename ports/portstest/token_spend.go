package portstest

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/quota"
)

// TokenSpend is the contract of ports.TokenSpend.
func TokenSpend(t *testing.T, open func(t *testing.T) Stores) {
	runStoreSuite(t, open, []requirement[*storeTest]{
		{"each day has its own total", (*storeTest).spendPerDay},
		{"40 concurrent Adds are all counted", (*storeTest).spendRace},
		{"a total may exceed 32 bits", (*storeTest).spendLarge},
		{"Purge keeps the totals of the last week and deletes those of a year ago", (*storeTest).spendPurged},
		{"every method fails if the context is cancelled, and changes nothing", (*storeTest).spendCancelled},
	})
}

var today = quota.DayOf(midday)

func (t *storeTest) addTokens(day quota.Day, tokens int64) {
	t.Helper()
	must(t, t.TokenSpend.Add(t.ctx, day, tokens))
}

func (t *storeTest) wantTotal(day quota.Day, want int64) {
	t.Helper()
	got, err := t.TokenSpend.Total(t.ctx, day)
	must(t, err)
	wantEqual(t, "the day's total", got, want)
}

func (t *storeTest) spendPerDay() {
	t.wantTotal(today, 0)
	t.addTokens(today, 5)
	t.addTokens(today, 0)
	t.addTokens(today, 7)
	t.addTokens(today+1, 1)
	t.wantTotal(today, 12)
	t.wantTotal(today+1, 1)
	t.wantTotal(today-1, 0)
}

func (t *storeTest) spendRace() {
	errs := concurrently(40, func(i int) error { return t.TokenSpend.Add(t.ctx, today, int64(i)) })
	wantErrorCounts(t, errs, map[error]int{nil: 40})
	t.wantTotal(today, 40*39/2)
}

func (t *storeTest) spendLarge() {
	for range 3 {
		t.addTokens(today, 1<<40)
	}
	t.wantTotal(today, 3<<40)
}

func (t *storeTest) spendPurged() {
	t.addTokens(today, 5)
	t.purge(midday.Add(7 * 24 * time.Hour))
	t.wantTotal(today, 5)
	t.purge(midday.Add(366 * 24 * time.Hour))
	t.wantTotal(today, 0)
}

func (t *storeTest) spendCancelled() {
	t.addTokens(today, 5)
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"Add":   func(ctx context.Context) error { return t.TokenSpend.Add(ctx, today, 1) },
		"Total": func(ctx context.Context) error { return errorOf(t.TokenSpend.Total(ctx, today)) },
	})
	t.wantTotal(today, 5)
}
