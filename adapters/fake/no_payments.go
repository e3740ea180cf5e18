package fake

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// NoPayments implements ports.Payments and ports.Webhooks without a provider: nothing
// can be bought. Separate api and worker processes use it when no provider is configured.
// They cannot use adapters/pretend, because its state exists only in one process.
type NoPayments struct{}

// Customer implements ports.Payments. It fails with subscription.ErrUnavailable.
func (NoPayments) Customer(context.Context, id.ID) (string, error) {
	return "", subscription.ErrUnavailable
}

// Checkout implements ports.Payments. It fails with subscription.ErrUnavailable.
func (NoPayments) Checkout(context.Context, ports.Order) (string, error) {
	return "", subscription.ErrUnavailable
}

// Fetch implements ports.Payments. It fails with subscription.ErrUnavailable.
func (NoPayments) Fetch(context.Context, string) (subscription.Snapshot, error) {
	return subscription.Snapshot{}, subscription.ErrUnavailable
}

// CancelAtPeriodEnd implements ports.Payments. It fails with subscription.ErrUnavailable.
func (NoPayments) CancelAtPeriodEnd(context.Context, string, bool) error {
	return subscription.ErrUnavailable
}

// Portal implements ports.Payments. It fails with subscription.ErrUnavailable.
func (NoPayments) Portal(context.Context, string, string) (string, error) {
	return "", subscription.ErrUnavailable
}

// Event implements ports.Webhooks. It fails with subscription.ErrSignature, because no webhook is genuine.
func (NoPayments) Event([]byte, string, time.Time) (ports.WebhookEvent, error) {
	return ports.WebhookEvent{}, subscription.ErrSignature
}
