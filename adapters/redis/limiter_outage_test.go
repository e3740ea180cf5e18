//go:build linux

package redis

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/logtest"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// countingLimiter counts calls to a memory limiter.
type countingLimiter struct {
	*memory.Limiter
	calls atomic.Int64
}

// Take implements ports.Limiter.
func (l *countingLimiter) Take(ctx context.Context, now time.Time, limits ...ports.RateLimit) error {
	l.calls.Add(1)
	return l.Limiter.Take(ctx, now, limits...)
}

func TestLimiterFallsBack(t *testing.T) {
	eachOutage(t, map[string]outage{"killed": killed, "frozen": frozen, "read-only": readOnly}, limiterFallsBack)
}

func limiterFallsBack(t *testing.T, begin outage) {
	server, log := ownServer(t), new(logtest.Buffer)
	fallback := &countingLimiter{Limiter: memory.NewLimiter()}
	l := NewLimiter(connect(t, server.URL()), "test", fallback, log.Logger())
	now, limit := time.Now(), ports.RateLimit{Key: "a", Limit: 3, Window: time.Hour}
	if err := l.Take(t.Context(), now, limit); err != nil || fallback.calls.Load() != 0 {
		t.Fatalf("Take = %v with %d calls to the fallback, want success on Redis", err, fallback.calls.Load())
	}
	end := begin(server)
	began := time.Now()
	for range 3 {
		if err := l.Take(t.Context(), now, limit); err != nil {
			t.Errorf("a take below the limit was refused during the outage: %v", err)
		}
	}
	for range 1000 {
		wantLimited(t, l.Take(t.Context(), now, limit), time.Hour)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("1003 takes during the outage took %v, want at most 10 s", took)
	}
	if n := fallback.calls.Load(); n != 1003 {
		t.Errorf("the fallback was called %d times, want 1003", n)
	}
	if log.Count("level=WARN") != 1 || log.Count("level=INFO") != 0 {
		t.Errorf("log during the outage = %s, want one warning", log)
	}
	end()
	rig.Eventually(t, patience, "the limiter uses Redis again", func() bool {
		before := fallback.calls.Load()
		err := l.Take(t.Context(), now, ports.RateLimit{Key: "b", Limit: 1e9, Window: time.Hour})
		return err == nil && fallback.calls.Load() == before
	})
	if log.Count("level=WARN") != 1 || log.Count("level=INFO") != 1 {
		t.Errorf("log = %s, want the begin and the end of the outage", log)
	}
}

// A cancelled call is not an outage and must not use the fallback.
func TestCancelledTakeIsNotAnOutage(t *testing.T) {
	server, log := ownServer(t), new(logtest.Buffer)
	l := NewLimiter(connect(t, server.URL()), "test", noFallback{t}, log.Logger())
	limit := ports.RateLimit{Key: "a", Limit: 1, Window: time.Hour}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	server.Kill()
	if err := l.Take(ctx, time.Now(), limit); !errors.Is(err, context.Canceled) {
		t.Errorf("Take with a cancelled context = %v, want context.Canceled", err)
	}
	server.Start()
	defer server.Freeze()()
	ctx, cancel = context.WithTimeout(t.Context(), timeout/10)
	defer cancel()
	if err := l.Take(ctx, time.Now(), limit); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Take whose deadline passes during the call = %v, want context.DeadlineExceeded", err)
	}
	if log.Count("level") != 0 {
		t.Errorf("log = %s, want no line for cancelled calls", log)
	}
}
