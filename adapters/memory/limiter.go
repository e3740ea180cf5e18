package memory

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/ports"
)

// Limiter implements ports.Limiter with a sliding log: it stores the time of every event
// until the event has left its window.
type Limiter struct {
	mu     sync.Mutex
	events map[window][]time.Time
	calls  int // calls of Take
}

// window identifies the events of a rate limit.
type window struct {
	key    string
	length time.Duration
}

// sweepEvery is the number of calls of Take after which expired windows are removed.
const sweepEvery = 4096

// NewLimiter returns a Limiter without events.
func NewLimiter() *Limiter { return &Limiter{events: map[window][]time.Time{}} }

// Take implements ports.Limiter.
func (l *Limiter) Take(ctx context.Context, now time.Time, limits ...ports.RateLimit) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(now)
	var wait time.Duration
	for _, limit := range limits {
		wait = max(wait, l.wait(limit, now))
	}
	if wait > 0 {
		return fault.RateLimited(wait)
	}
	for _, limit := range limits {
		w := window{key: limit.Key, length: limit.Window}
		l.events[w] = append(l.events[w], now)
	}
	return nil
}

// GiveBack implements ports.Limiter.
func (l *Limiter) GiveBack(ctx context.Context, now time.Time, limits ...ports.RateLimit) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, limit := range limits {
		w := window{key: limit.Key, length: limit.Window}
		if i := slices.IndexFunc(l.events[w], now.Equal); i >= 0 {
			l.events[w] = slices.Concat(l.events[w][:i], l.events[w][i+1:])
		}
	}
	return nil
}

// wait removes the events that have left the window. It returns the time until the limit
// allows one more event, 0 if it does now.
func (l *Limiter) wait(limit ports.RateLimit, now time.Time) time.Duration {
	w := window{key: limit.Key, length: limit.Window}
	events := l.events[w]
	for len(events) > 0 && !events[0].After(now.Add(-limit.Window)) {
		events = events[1:]
	}
	l.events[w] = events
	if len(events) < limit.Limit {
		return 0
	}
	return events[len(events)-limit.Limit].Add(limit.Window).Sub(now)
}

// sweep removes the windows whose events have all expired, at every sweepEvery-th call.
func (l *Limiter) sweep(now time.Time) {
	l.calls++
	if l.calls%sweepEvery != 0 {
		return
	}
	for w, events := range l.events {
		if len(events) == 0 || !events[len(events)-1].After(now.Add(-w.length)) {
			delete(l.events, w)
		}
	}
}
