package ports

import (
	"context"
	"time"
)

// Retention deletes expired data: unproven signups after user.UnprovenTTL, codes, guesses,
// sessions, devices, idempotency keys after chat.IdempotencyKeyTTL, the message counts and token
// totals of days that are more than quota.RetentionDays ago, the counts of earlier days that
// KeepCounts has kept, webhook events after subscription.EventTTL, and the records of deleted
// rooms after chat.FeedTTL.
type Retention interface {
	// Purge deletes the data that has expired at now. It returns the number of deleted entries.
	Purge(ctx context.Context, now time.Time) (int, error)
}
