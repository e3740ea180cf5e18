package redis

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// broken fails the test when Redis was not asked.
type broken struct{ *testing.T }

func (b broken) Take(context.Context, time.Time, ...ports.Budget) error {
	b.Error("the fallback was asked while Redis was there")
	return nil
}

func TestLimiter(t *testing.T) {
	portstest.Limiter(t, func(t *testing.T) ports.Limiter {
		client, name := server(t)
		return NewLimiter(client, name, broken{t}, new(journal).log())
	})
}

func limited(t *testing.T, err error, wait time.Duration) {
	t.Helper()
	if f := fault.Of(err); f.Code != fault.RateLimited.Code || f.RetryAfter != wait {
		t.Errorf("%v, retry after %v, want %v", err, f.RetryAfter, wait)
	}
}

func TestLimiterIsShared(t *testing.T) {
	client, name := server(t)
	one := NewLimiter(client, name, broken{t}, new(journal).log())
	other, _ := server(t)
	two := NewLimiter(other, name, broken{t}, new(journal).log())
	now, b := time.Now(), ports.Budget{Key: "a", Limit: 2, Window: time.Hour}
	for _, l := range []*Limiter{one, two} {
		if err := l.Take(t.Context(), now, b); err != nil {
			t.Fatal(err)
		}
	}
	limited(t, one.Take(t.Context(), now, b), time.Hour)
	limited(t, two.Take(t.Context(), now, b), time.Hour)
	apart := NewLimiter(client, name+"2", broken{t}, new(journal).log())
	if err := apart.Take(t.Context(), now, b); err != nil {
		t.Errorf("another name's takes count: %v", err)
	}
}

func TestLimiterKeysExpire(t *testing.T) {
	client, name := server(t)
	l := NewLimiter(client, name, broken{t}, new(journal).log())
	for _, window := range []time.Duration{time.Microsecond, 1500 * time.Microsecond, time.Minute, 24 * time.Hour} {
		if err := l.Take(t.Context(), time.Now(), ports.Budget{Key: "a", Limit: 1, Window: window}); err != nil {
			t.Fatal(err)
		}
	}
	keys := client.Keys(t.Context(), name+"*").Val()
	for _, key := range keys {
		if ttl := client.PTTL(t.Context(), key).Val(); ttl == -1 || ttl > 24*time.Hour {
			t.Errorf("%s expires after %v", key, ttl)
		}
	}
	if len(keys) < 2 {
		t.Errorf("kept %v", keys)
	}
	eventually(t, "short windows are gone", func() bool { return len(client.Keys(t.Context(), name+"*").Val()) == 2 })
}

// go-redis sends a call again when its answer was lost.
func TestLimiterTakesOncePerCall(t *testing.T) {
	client, name := server(t)
	l := NewLimiter(client, name, broken{t}, new(journal).log())
	now, b := time.Now(), ports.Budget{Key: "a", Limit: 1, Window: time.Hour}
	keys, args := l.spend(now, []ports.Budget{b})
	for range 5 {
		if wait, err := take.Run(t.Context(), client, keys, args...).Int64(); wait != 0 || err != nil {
			t.Fatalf("the same call is told to wait %d µs, %v", wait, err)
		}
	}
	limited(t, l.Take(t.Context(), now, b), time.Hour)
}

func TestLimiterFallsBack(t *testing.T) {
	for name, stop := range map[string]func(p *private) (back func()){
		"killed": func(p *private) func() { p.kill(); return p.start },
		"frozen": (*private).freeze,
		"a replica": func(p *private) func() {
			p.replicate("127.0.0.1", "1")
			return func() { p.replicate("no", "one") }
		},
	} {
		t.Run(name, func(t *testing.T) { limiterFallsBack(t, stop) })
	}
}

func limiterFallsBack(t *testing.T, stop func(p *private) (back func())) {
	p, log := newPrivate(t), new(journal)
	var asked atomic.Int64
	memory := memory.NewLimiter()
	l := NewLimiter(connect(t, p.url()), "test", counting{memory, &asked}, log.log())
	now, b := time.Now(), ports.Budget{Key: "a", Limit: 3, Window: time.Hour}
	if err := l.Take(t.Context(), now, b); err != nil || asked.Load() != 0 {
		t.Fatal(err, asked.Load())
	}
	back := stop(p)
	began := time.Now()
	for range 3 {
		if err := l.Take(t.Context(), now, b); err != nil {
			t.Errorf("refused because Redis is away: %v", err)
		}
	}
	for range 1000 {
		limited(t, l.Take(t.Context(), now, b), time.Hour)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("1003 takes on the fallback took %v", took)
	}
	if asked.Load() != 1003 || log.count("level=WARN") != 1 || log.count("level=INFO") != 0 {
		t.Errorf("the fallback was asked %d times and the log warns %d times", asked.Load(), log.count("level=WARN"))
	}
	back()
	eventually(t, "Redis counts again", func() bool {
		before := asked.Load()
		err := l.Take(t.Context(), now, ports.Budget{Key: "b", Limit: 1e9, Window: time.Hour})
		return err == nil && asked.Load() == before
	})
	if log.count("level=WARN") != 1 || log.count("level=INFO") != 1 {
		t.Errorf("the log: %s", log.text.String())
	}
}

type counting struct {
	ports.Limiter
	asked *atomic.Int64
}

func (c counting) Take(ctx context.Context, now time.Time, budgets ...ports.Budget) error {
	c.asked.Add(1)
	return c.Limiter.Take(ctx, now, budgets...)
}

// A caller who hangs up says nothing of Redis, and spends nothing of the fallback.
func TestLimiterCallerLeaves(t *testing.T) {
	p, log := newPrivate(t), new(journal)
	l := NewLimiter(connect(t, p.url()), "test", broken{t}, log.log())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p.kill()
	err := l.Take(ctx, time.Now(), ports.Budget{Key: "a", Limit: 1, Window: time.Hour})
	if !errors.Is(err, context.Canceled) || log.count("level") != 0 {
		t.Errorf("%v, and a log of %s", err, log.text.String())
	}
	p.start()
	defer p.freeze()()
	ctx, cancel = context.WithTimeout(t.Context(), patience/10)
	defer cancel()
	err = l.Take(ctx, time.Now(), ports.Budget{Key: "a", Limit: 1, Window: time.Hour})
	if !errors.Is(err, context.DeadlineExceeded) || log.count("level") != 0 {
		t.Errorf("%v, and a log of %s", err, log.text.String())
	}
}
