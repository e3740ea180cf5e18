package subscribe

import (
	"context"
	"errors"
	"fmt"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// Refresh syncs the subscription with the payments provider and returns the overview. A
// client calls it when the user returns from a checkout page, because the webhook may
// arrive later. If the user is not a customer, or the provider does not know the customer
// any more, Refresh returns the overview without a sync. It fails with
// fault.ErrRateLimited, subscription.ErrUnavailable, and with session.ErrBadToken when the
// account was erased.
func (s *Service) Refresh(ctx context.Context, userID id.ID) (Overview, error) {
	if err := s.limitUser(ctx, userID); err != nil {
		return Overview{}, err
	}
	r, err := s.config.Subscriptions.Get(ctx, userID)
	if err != nil {
		return Overview{}, fmt.Errorf("reading the subscription: %w", err)
	}
	if r.Customer != "" {
		_, err := s.sync(ctx, r.Customer, noChange)
		if err != nil && !errors.Is(err, subscription.ErrUnknownCustomer) {
			return Overview{}, session.BadTokenIfErased(err)
		}
	}
	return s.Overview(ctx, userID)
}
