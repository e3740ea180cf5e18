package portstest

import (
	"context"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/ports"
)

// Limiter is the contract of ports.Limiter. The tests start at the present time,
// because a limiter may use its own clock to delete events that are long past.
func Limiter(t *testing.T, open func(t *testing.T) ports.Limiter) {
	newTest := func(t *testing.T) *limiterTest {
		start := time.Now().UTC().Truncate(time.Microsecond)
		return &limiterTest{TB: t, Limiter: open(t), ctx: t.Context(), start: start}
	}
	runSuite(t, newTest, []requirement[*limiterTest]{
		{"a limit has room again when its oldest event leaves the window", (*limiterTest).slidingWindow},
		{"Take counts against all limits or, if one is reached, against none", (*limiterTest).allOrNone},
		{"limits with different keys do not affect each other", (*limiterTest).keys},
		{"of 50 concurrent Takes exactly as many succeed as the limit allows", (*limiterTest).race},
		{"GiveBack undoes one Take of its time", (*limiterTest).giveBack},
		{"GiveBack ignores limits without an event of its time", (*limiterTest).giveBackNothing},
		{"concurrent Takes that are given back never exceed the limit", (*limiterTest).giveBackRace},
		{"every method fails if the context is cancelled, and changes nothing", (*limiterTest).cancelled},
		{"no window exceeds its limit, and every RetryAfter is exact", (*limiterTest).randomTakes},
	})
}

// limiterTest is a test of a limiter. Times are durations since the start of the test.
type limiterTest struct {
	rapid.TB
	ports.Limiter
	ctx   context.Context
	start time.Time
}

// newLimit returns a rate limit with a new key.
func (t *limiterTest) newLimit(limit int, window time.Duration) ports.RateLimit {
	t.Helper()
	return ports.RateLimit{Key: string(newID(t)), Limit: limit, Window: window}
}

// wantTake checks that Take succeeds or, if retryAfter is not 0, that it is refused
// for exactly this time.
func (t *limiterTest) wantTake(at, retryAfter time.Duration, limits ...ports.RateLimit) {
	t.Helper()
	err := t.Take(t.ctx, t.start.Add(at), limits...)
	if retryAfter == 0 && err != nil {
		t.Fatalf("Take at %v: error = %v, want success", at, err)
	}
	if f := fault.Of(err); retryAfter > 0 && (f.Code != fault.ErrRateLimited.Code || f.RetryAfter != retryAfter) {
		t.Fatalf("Take at %v: error = %v with RetryAfter %v, want ErrRateLimited with %v",
			at, err, f.RetryAfter, retryAfter)
	}
}

func (t *limiterTest) slidingWindow() {
	l := t.newLimit(2, time.Minute)
	t.wantTake(0, 0, l)
	t.wantTake(10*time.Second, 0, l)
	t.wantTake(10*time.Second, 50*time.Second, l)
	t.wantTake(time.Minute-time.Microsecond, time.Microsecond, l)
	t.wantTake(time.Minute, 0, l)
	t.wantTake(time.Minute, 10*time.Second, l)
	t.wantTake(70*time.Second, 0, l)
	t.wantTake(time.Hour, 0, l)
	t.wantTake(time.Hour, 0, l)
	t.wantTake(time.Hour, time.Minute, l)
	t.wantTake(time.Hour, 0)
}

func (t *limiterTest) allOrNone() {
	minute, hour, day := t.newLimit(1, time.Minute), t.newLimit(2, time.Hour), t.newLimit(4, 24*time.Hour)
	t.wantTake(0, 0, day, minute, hour)
	for range 10 {
		t.wantTake(time.Second, 59*time.Second, day, minute, hour)
		t.wantTake(time.Second, 59*time.Second, minute, hour, day)
	}
	t.wantTake(time.Second, 0, hour, day)
	t.wantTake(time.Minute, 59*time.Minute, minute, hour, day)
	t.wantTake(time.Minute, 0, minute)
	t.wantTake(time.Minute, 0, day)
	t.wantTake(time.Minute, 0, day)
	t.wantTake(time.Minute, 23*time.Hour+59*time.Minute, day)
	t.wantTake(time.Minute, 23*time.Hour+59*time.Minute, minute, hour, day)
}

func (t *limiterTest) keys() {
	a, b := t.newLimit(1, time.Minute), t.newLimit(1, time.Minute)
	sameKey := ports.RateLimit{Key: a.Key, Limit: 2, Window: time.Hour}
	t.wantTake(0, 0, a, sameKey)
	t.wantTake(0, 0, b)
	t.wantTake(0, time.Minute, a, b)
	t.wantTake(time.Minute, 0, a, sameKey)
	t.wantTake(2*time.Minute, 58*time.Minute, a, sameKey)
	t.wantTake(2*time.Minute, 0, a)
}

func (t *limiterTest) race() {
	l := t.newLimit(5, time.Hour)
	errs := concurrently(50, func(int) error { return t.Take(t.ctx, t.start, l) })
	wantErrorCounts(t, errs, map[error]int{nil: 5, fault.ErrRateLimited: 45})
}

func (t *limiterTest) cancelled() {
	l := t.newLimit(1, time.Hour)
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"Take": func(ctx context.Context) error { return t.Take(ctx, t.start, l) },
	})
	t.wantTake(0, 0, l)
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"GiveBack": func(ctx context.Context) error { return t.GiveBack(ctx, t.start, l) },
	})
	t.wantTake(0, time.Hour, l)
}

// randomTakes compares the limiter with a model that remembers every event.
func (t *limiterTest) randomTakes() {
	rapid.Check(t.TB, func(rt *rapid.T) {
		t := &limiterTest{TB: rt, Limiter: t.Limiter, ctx: t.ctx, start: t.start}
		limits := make([]ports.RateLimit, rapid.IntRange(1, 4).Draw(rt, "limits"))
		for i := range limits {
			window := time.Duration(rapid.IntRange(1, 50).Draw(rt, "window")) * time.Second
			limits[i] = t.newLimit(rapid.IntRange(1, 4).Draw(rt, "limit"), window)
		}
		steps := rapid.OneOf(rapid.Just(0), rapid.IntRange(0, 20_000_000))
		key := func(l ports.RateLimit) string { return l.Key }
		subsets := rapid.SliceOfNDistinct(rapid.SampledFrom(limits), 1, -1, key)
		model := eventLog{}
		at := time.Duration(0)
		for range rapid.IntRange(1, 50).Draw(rt, "takes") {
			at += time.Duration(steps.Draw(rt, "microseconds")) * time.Microsecond
			some := subsets.Draw(rt, "subset")
			t.wantTake(at, model.take(at, some), some...)
		}
	})
}

// eventLog is a model of a limiter: the times of all events by key.
type eventLog map[string][]time.Duration

// take returns after which time a Take succeeds. If that is 0, it counts the event.
func (e eventLog) take(at time.Duration, limits []ports.RateLimit) (retryAfter time.Duration) {
	for _, l := range limits {
		if events := e[l.Key]; len(events) >= l.Limit {
			retryAfter = max(retryAfter, events[len(events)-l.Limit]+l.Window-at)
		}
	}
	if retryAfter > 0 {
		return retryAfter
	}
	for _, l := range limits {
		e[l.Key] = append(e[l.Key], at)
	}
	return 0
}
