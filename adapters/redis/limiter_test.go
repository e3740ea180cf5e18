package redis

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// noFallback is a fallback that fails the test when it is used.
type noFallback struct{ *testing.T }

// Take implements ports.Limiter.
func (f noFallback) Take(context.Context, time.Time, ...ports.RateLimit) error {
	f.Error("the limiter used its fallback while Redis was available")
	return nil
}

// GiveBack implements ports.Limiter.
func (f noFallback) GiveBack(context.Context, time.Time, ...ports.RateLimit) error {
	f.Error("the limiter used its fallback while Redis was available")
	return nil
}

func newLimiter(t *testing.T) *Limiter {
	client, name := sharedServer(t)
	return NewLimiter(client, name, noFallback{t}, slog.New(slog.DiscardHandler))
}

func TestLimiter(t *testing.T) {
	portstest.Limiter(t, func(t *testing.T) ports.Limiter { return newLimiter(t) })
}

// wantLimited expects the rate limit error with a time to wait.
func wantLimited(t *testing.T, err error, wait time.Duration) {
	t.Helper()
	if f := fault.Of(err); f.Code != fault.ErrRateLimited.Code || f.RetryAfter != wait {
		t.Errorf("Take = %v with retry after %v, want a rate limit error with %v", err, f.RetryAfter, wait)
	}
}

func TestLimitsAreSharedBetweenProcesses(t *testing.T) {
	one, two := newLimiter(t), newLimiter(t)
	two.keyPrefix = one.keyPrefix
	now, limit := time.Now(), ports.RateLimit{Key: "a", Limit: 2, Window: time.Hour}
	for _, l := range []*Limiter{one, two} {
		if err := l.Take(t.Context(), now, limit); err != nil {
			t.Fatalf("taking below the limit: %v", err)
		}
	}
	wantLimited(t, one.Take(t.Context(), now, limit), time.Hour)
	wantLimited(t, two.Take(t.Context(), now, limit), time.Hour)
}

func TestLimitsOfOtherInstallationsAreSeparate(t *testing.T) {
	one, other := newLimiter(t), newLimiter(t)
	now, limit := time.Now(), ports.RateLimit{Key: "a", Limit: 1, Window: time.Hour}
	for _, l := range []*Limiter{one, other} {
		if err := l.Take(t.Context(), now, limit); err != nil {
			t.Errorf("the first take under the name %s failed: %v", l.keyPrefix, err)
		}
	}
}

func TestLimiterKeysExpire(t *testing.T) {
	l := newLimiter(t)
	for _, window := range []time.Duration{time.Microsecond, 1500 * time.Microsecond, time.Minute, 24 * time.Hour} {
		if err := l.Take(t.Context(), time.Now(), ports.RateLimit{Key: "a", Limit: 1, Window: window}); err != nil {
			t.Fatalf("taking once per %v: %v", window, err)
		}
	}
	keys := func() []string { return l.client.Keys(t.Context(), l.keyPrefix+"*").Val() }
	for _, key := range keys() {
		if ttl := l.client.PTTL(t.Context(), key).Val(); ttl == -1 || ttl > 24*time.Hour {
			t.Errorf("key %s has a TTL of %v, want at most its window", key, ttl)
		}
	}
	rig.Eventually(t, patience, "only the keys of the two long windows remain", func() bool { return len(keys()) == 2 })
}

// go-redis retries a call whose reply was lost.
func TestRetriedCallTakesOnce(t *testing.T) {
	l := newLimiter(t)
	now, limit := time.Now(), ports.RateLimit{Key: "a", Limit: 1, Window: time.Hour}
	keys, args := l.takeArgs(now, []ports.RateLimit{limit})
	for range 5 {
		if wait, err := takeScript.Run(t.Context(), l.client, keys, args...).Int64(); wait != 0 || err != nil {
			t.Fatalf("the same call must wait %d µs, %v, want it to succeed again", wait, err)
		}
	}
	wantLimited(t, l.Take(t.Context(), now, limit), time.Hour)
}
