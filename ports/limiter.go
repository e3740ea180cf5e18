package ports

import (
	"context"
	"time"
)

// RateLimit allows at most Limit events of Key in every period of the length Window.
type RateLimit struct {
	Key    string
	Limit  int
	Window time.Duration
}

// Limiter counts events against rate limits.
type Limiter interface {
	// Take counts one event at now against every limit. If a limit is reached, Take counts
	// nothing and fails with fault.ErrRateLimited. RetryAfter is the time until all limits
	// allow one more event, if no other event is counted before.
	Take(ctx context.Context, now time.Time, limits ...RateLimit) error
	// GiveBack undoes a Take at now with the same limits, which has succeeded. Limits whose
	// event was already removed are ignored. Until GiveBack returns, the event counts.
	GiveBack(ctx context.Context, now time.Time, limits ...RateLimit) error
}
