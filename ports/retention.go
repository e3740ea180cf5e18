package ports

import (
	"context"
	"time"
)

// Retention deletes expired data: unproven signups, codes, guesses, sessions, idempotency
// keys, the message counts and token totals of days that are more than quota.RetentionDays
// ago, and webhook events older than subscription.EventTTL.
type Retention interface {
	// Purge deletes the data that has expired at now. It returns the number of deleted entries.
	Purge(ctx context.Context, now time.Time) (int, error)
}
