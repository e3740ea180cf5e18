package fake

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// Closed sells nothing: it is the payments company of processes that could not
// share the pretend one, whose state lives in a single process.
type Closed struct{}

func (Closed) Customer(context.Context, id.ID) (string, error) {
	return "", subscription.ErrUnavailable
}

func (Closed) Checkout(context.Context, ports.Order) (string, error) {
	return "", subscription.ErrUnavailable
}

func (Closed) Fetch(context.Context, string) (subscription.Snapshot, error) {
	return subscription.Snapshot{}, subscription.ErrUnavailable
}

func (Closed) CancelAtPeriodEnd(context.Context, string, bool) error {
	return subscription.ErrUnavailable
}

func (Closed) Portal(context.Context, string, string) (string, error) {
	return "", subscription.ErrUnavailable
}

// Event takes no webhook for true.
func (Closed) Event([]byte, string, time.Time) (ports.Event, error) {
	return ports.Event{}, subscription.ErrSignature
}
