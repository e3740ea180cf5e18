package ports

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/subscription"
)

// CustomerDeletions is the outbox of customers that the payments provider must delete, because
// their accounts are erased. Eraser.Erase adds the customer of an account in the transaction
// that erases it.
type CustomerDeletions interface {
	// Add adds a customer, due immediately. If the outbox has the customer, it is due
	// immediately again, and its Version changes.
	Add(ctx context.Context, customer string) error
	// TakeDue returns up to n customers that are due at now: the longest overdue ones, in any
	// order. It sets their due time to later. So only one of several concurrent callers gets a
	// customer, and a customer whose caller crashes becomes due again.
	TakeDue(ctx context.Context, now, later time.Time, n int) ([]subscription.CustomerDeletion, error)
	// Postpone stores the number of attempts and the time of the next one. It does nothing if
	// the Version has changed or the customer was removed.
	Postpone(ctx context.Context, d subscription.CustomerDeletion, due time.Time) error
	// Remove removes a customer whose deletion the provider has confirmed. It does nothing if
	// the Version has changed: the customer was added during the deletion.
	Remove(ctx context.Context, d subscription.CustomerDeletion) error
	// Count returns the number of customers in the outbox.
	Count(ctx context.Context) (int, error)
}
