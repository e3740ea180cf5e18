package fake

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// errNoPayments has the code of subscription.ErrUnavailable. It says what is missing and
// has no RetryAfter, because a retry cannot succeed.
var errNoPayments = fault.New(fault.Unavailable, subscription.ErrUnavailable.Code,
	"Nothing can be bought on this server: separate api and worker processes have no pretend checkout. "+
		"Set STRIPE_SECRET_KEY, or run everything in one process with parley serve.")

// NoPayments implements ports.Payments and ports.Webhooks without a provider: nothing
// can be bought. Separate api and worker processes use it when no provider is configured.
// They cannot use adapters/pretend, because its state exists only in one process.
type NoPayments struct{}

// Customer implements ports.Payments. It fails with subscription.ErrUnavailable.
func (NoPayments) Customer(context.Context, id.ID) (string, error) {
	return "", errNoPayments
}

// Checkout implements ports.Payments. It fails with subscription.ErrUnavailable.
func (NoPayments) Checkout(context.Context, ports.Order) (string, error) {
	return "", errNoPayments
}

// Fetch implements ports.Payments. It fails with subscription.ErrUnavailable.
func (NoPayments) Fetch(context.Context, string) (subscription.Snapshot, error) {
	return subscription.Snapshot{}, errNoPayments
}

// CancelAtPeriodEnd implements ports.Payments. It fails with subscription.ErrUnavailable.
func (NoPayments) CancelAtPeriodEnd(context.Context, string, bool) error {
	return errNoPayments
}

// Portal implements ports.Payments. It fails with subscription.ErrUnavailable.
func (NoPayments) Portal(context.Context, string, string) (string, error) {
	return "", errNoPayments
}

// DeleteCustomer implements ports.Payments. It fails with subscription.ErrUnavailable.
func (NoPayments) DeleteCustomer(context.Context, string) error {
	return errNoPayments
}

// Event implements ports.Webhooks. It fails with subscription.ErrSignature, because no webhook is genuine.
func (NoPayments) Event([]byte, string, time.Time) (ports.WebhookEvent, error) {
	return ports.WebhookEvent{}, subscription.ErrSignature
}
