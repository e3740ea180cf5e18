package portstest

import (
	"context"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/ports"
)

// Limiter is the contract of a ports.Limiter. A limiter may forget what is long over by a clock of its own.
func Limiter(t *testing.T, open func(t *testing.T) ports.Limiter) {
	counters := func(t *testing.T) *counter {
		return &counter{t, open(t), t.Context(), time.Now().UTC().Truncate(time.Microsecond)}
	}
	prove(t, counters, []sentence[*counter]{
		{"a budget has room again when its first take leaves the window", (*counter).window},
		{"all of the budgets are taken or none", (*counter).allOrNone},
		{"keys and windows are budgets of their own", (*counter).apart},
		{"of 50 takes at once as many succeed as the budget allows", (*counter).race},
		{"a context that is over takes nothing", (*counter).over},
		{"no window is ever over its budget, and each wait is exactly right", (*counter).everyWindow},
	})
}

// counter is one test's limiter and the time the test begins.
type counter struct {
	rapid.TB
	ports.Limiter
	ctx context.Context
	now time.Time
}

func (c *counter) budget(limit int, window time.Duration) ports.Budget {
	c.Helper()
	return ports.Budget{Key: string(freshID(c)), Limit: limit, Window: window}
}

// takes asserts that all budgets have room, or how long until they have when wait is not 0.
func (c *counter) takes(at, wait time.Duration, budgets ...ports.Budget) {
	c.Helper()
	err := c.Take(c.ctx, c.now.Add(at), budgets...)
	if wait == 0 && err != nil {
		c.Fatalf("after %v: %v", at, err)
	}
	if f := fault.Of(err); wait > 0 && (f.Code != fault.RateLimited.Code || f.RetryAfter != wait) {
		c.Fatalf("after %v: %v, retry after %v, want %v", at, err, f.RetryAfter, wait)
	}
}

func (c *counter) window() {
	b := c.budget(2, time.Minute)
	c.takes(0, 0, b)
	c.takes(10*time.Second, 0, b)
	c.takes(10*time.Second, 50*time.Second, b)
	c.takes(time.Minute-time.Microsecond, time.Microsecond, b)
	c.takes(time.Minute, 0, b)
	c.takes(time.Minute, 10*time.Second, b)
	c.takes(70*time.Second, 0, b)
	c.takes(time.Hour, 0, b)
	c.takes(time.Hour, 0, b)
	c.takes(time.Hour, time.Minute, b)
	c.takes(time.Hour, 0)
}

func (c *counter) allOrNone() {
	small, middle, large := c.budget(1, time.Minute), c.budget(2, time.Hour), c.budget(4, 24*time.Hour)
	c.takes(0, 0, large, small, middle)
	for range 10 {
		c.takes(time.Second, 59*time.Second, large, small, middle)
		c.takes(time.Second, 59*time.Second, small, middle, large)
	}
	c.takes(time.Second, 0, middle, large)
	c.takes(time.Minute, 59*time.Minute, small, middle, large)
	c.takes(time.Minute, 0, small)
	c.takes(time.Minute, 0, large)
	c.takes(time.Minute, 0, large)
	c.takes(time.Minute, 23*time.Hour+59*time.Minute, large)
	c.takes(time.Minute, 23*time.Hour+59*time.Minute, small, middle, large)
}

func (c *counter) apart() {
	a, b := c.budget(1, time.Minute), c.budget(1, time.Minute)
	long := ports.Budget{Key: a.Key, Limit: 2, Window: time.Hour}
	c.takes(0, 0, a, long)
	c.takes(0, 0, b)
	c.takes(0, time.Minute, a, b)
	c.takes(time.Minute, 0, a, long)
	c.takes(2*time.Minute, 58*time.Minute, a, long)
	c.takes(2*time.Minute, 0, a)
}

func (c *counter) race() {
	b := c.budget(5, time.Hour)
	w := &world{TB: c.TB}
	errs := together(50, func(int) error { return c.Take(c.ctx, c.now, b) })
	w.split(errs, map[error]int{nil: 5, fault.RateLimited: 45})
}

func (c *counter) over() {
	b := c.budget(1, time.Hour)
	w := &world{TB: c.TB, ctx: c.ctx}
	w.over(map[string]func(context.Context) error{
		"Take": func(ctx context.Context) error { return c.Take(ctx, c.now, b) },
	})
	c.takes(0, 0, b)
}

// everyWindow takes at random times, against a model that looks at every take there was.
func (c *counter) everyWindow() {
	rapid.Check(c.TB, func(t *rapid.T) {
		c := &counter{t, c.Limiter, c.ctx, c.now}
		budgets := make([]ports.Budget, rapid.IntRange(1, 4).Draw(t, "budgets"))
		for i := range budgets {
			window := time.Duration(rapid.IntRange(1, 50).Draw(t, "window")) * time.Second
			budgets[i] = c.budget(rapid.IntRange(1, 4).Draw(t, "limit"), window)
		}
		taken := map[string][]time.Duration{}
		at := time.Duration(0)
		for range rapid.IntRange(1, 50).Draw(t, "takes") {
			at += time.Duration(rapid.OneOf(rapid.Just(0), rapid.IntRange(0, 20_000_000)).Draw(t, "step")) * time.Microsecond
			some := rapid.SliceOfNDistinct(rapid.SampledFrom(budgets), 1, -1, func(b ports.Budget) string { return b.Key }).Draw(t, "some")
			c.takes(at, expect(taken, at, some), some...)
		}
	})
}

// expect is how long a take must wait; one that need not is entered.
func expect(taken map[string][]time.Duration, at time.Duration, budgets []ports.Budget) (wait time.Duration) {
	for _, b := range budgets {
		if all := taken[b.Key]; len(all) >= b.Limit {
			wait = max(wait, all[len(all)-b.Limit]+b.Window-at)
		}
	}
	if wait > 0 {
		return wait
	}
	for _, b := range budgets {
		taken[b.Key] = append(taken[b.Key], at)
	}
	return 0
}
