package ports

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// Subscriptions stores the subscription records, one for each user.
type Subscriptions interface {
	// Get returns the record of a user. If the user has none, it returns a record with only
	// User set.
	Get(ctx context.Context, userID id.ID) (subscription.Record, error)
	// Find returns the record of a customer. It fails with subscription.ErrUnknownCustomer.
	Find(ctx context.Context, customer string) (subscription.Record, error)
	// Save stores r with the next Version, and proUntil, the end of the user's entitlement,
	// in one transaction. It fails with subscription.ErrStale when the stored version is not
	// r.Version, and with user.ErrNotFound. It stores nothing when it fails.
	Save(ctx context.Context, r subscription.Record, proUntil time.Time) error
	// TakeDue returns up to n records that are due at now, the earliest Due first. It sets
	// their Due to later and keeps their versions. So only one of several concurrent callers
	// gets a record, and a record whose processing fails does not block the others.
	TakeDue(ctx context.Context, now, later time.Time, n int) ([]subscription.Record, error)
}
