package memory

import (
	"context"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/ports"
)

// Limiter keeps the time of every take that still counts, so that no window,
// wherever it begins, ever holds more than its budget.
type Limiter struct {
	mu    sync.Mutex
	takes map[window][]time.Time
	calls int
}

type window struct {
	key    string
	length time.Duration
}

// sweepEvery is how many calls pass between two looks for windows that are over.
const sweepEvery = 4096

// NewLimiter returns a limiter whose budgets are unspent.
func NewLimiter() *Limiter { return &Limiter{takes: map[window][]time.Time{}} }

func (l *Limiter) Take(ctx context.Context, now time.Time, budgets ...ports.Budget) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(now)
	var wait time.Duration
	for _, b := range budgets {
		wait = max(wait, l.wait(b, now))
	}
	if wait > 0 {
		return fault.RateLimited.After(wait)
	}
	for _, b := range budgets {
		w := window{b.Key, b.Window}
		l.takes[w] = append(l.takes[w], now)
	}
	return nil
}

// wait forgets the takes that have left the window, and tells when the budget has room.
func (l *Limiter) wait(b ports.Budget, now time.Time) time.Duration {
	w := window{b.Key, b.Window}
	takes := l.takes[w]
	for len(takes) > 0 && !takes[0].After(now.Add(-b.Window)) {
		takes = takes[1:]
	}
	l.takes[w] = takes
	if len(takes) < b.Limit {
		return 0
	}
	return takes[len(takes)-b.Limit].Add(b.Window).Sub(now)
}

func (l *Limiter) sweep(now time.Time) {
	if l.calls++; l.calls%sweepEvery != 0 {
		return
	}
	for w, takes := range l.takes {
		if len(takes) == 0 || !takes[len(takes)-1].After(now.Add(-w.length)) {
			delete(l.takes, w)
		}
	}
}
