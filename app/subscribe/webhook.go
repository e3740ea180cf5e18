package subscribe

import (
	"context"
	"errors"
	"fmt"

	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// Receive takes a webhook in. An event is applied once, however often and in
// whatever order it comes; one that means nothing here is taken, too, and the
// event is returned for the log. What lived of a customer whom the company tells of
// and then does not know has ended. It fails with subscription.ErrSignature; after any
// other failure the company sends the event again.
func (s *Subscribe) Receive(ctx context.Context, payload []byte, signature string) (ports.Event, error) {
	now := s.clock.Now()
	e, err := s.webhooks.Event(payload, signature, now)
	if err != nil {
		return e, fmt.Errorf("verifying the webhook: %w", err)
	}
	applied, err := s.ledger.Receive(ctx, e.ID, now)
	if err != nil || applied {
		return e, wrap("entering the event", err)
	}
	if e.Customer != "" {
		_, err := s.keep(ctx, e.Customer, s.askTold, unchanged)
		if err != nil && !errors.Is(err, subscription.ErrUnknown) && !errors.Is(err, user.ErrNotFound) { // erased meanwhile
			return e, err
		}
	}
	return e, wrap("marking the event", s.ledger.Applied(ctx, e.ID, s.clock.Now()))
}
