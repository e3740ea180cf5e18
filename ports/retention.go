package ports

import (
	"context"
	"time"
)

// Retention deletes data in the background: what users have deleted, and expired data. Expired are
// sign-ups after user.SignupTTL, codes, guesses, sessions, devices, idempotency keys
// after chat.IdempotencyKeyTTL, the message counts and token totals of days that are more than
// quota.RetentionDays ago, the counts of earlier days that KeepCounts has kept, webhook events
// after subscription.EventTTL, the records of deleted rooms after chat.FeedTTL, and those of
// erased accounts after user.ErasureTTL.
type Retention interface {
	// Purge deletes the data that has expired at now. It returns the number of deleted entries.
	Purge(ctx context.Context, now time.Time) (int, error)
	// RemoveDeleted removes a part of the messages of deleted rooms and erased accounts. It
	// takes a fraction of a second, however many there are. It reports whether more may
	// remain. Concurrent calls remove different rooms and do not wait for each other.
	RemoveDeleted(ctx context.Context) (more bool, err error)
	// RemoveOld removes a part of the exchanges, prompts with their replies, that the user last
	// changed at or before a time: sent, edited or asked again. It removes only final replies, and
	// with a message its versions and idempotency keys, and a summary that covers it. The rooms
	// stay. It takes a fraction of a second, and reports whether more may remain.
	RemoveOld(ctx context.Context, until time.Time) (more bool, err error)
	// OldestDeleted returns how long before now the oldest room was deleted that RemoveDeleted
	// has not removed yet. It returns 0 if there is none.
	OldestDeleted(ctx context.Context, now time.Time) (time.Duration, error)
}
