package subscribe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// admit bounds how often one user can have the company asked, which allows an
// account so many requests a second for all of its users (docs.stripe.com/rate-limits).
func (s *Subscribe) admit(ctx context.Context, who id.ID) error {
	budget := ports.Budget{Key: "subscription:" + string(who), Limit: 20, Window: time.Minute}
	return wrap("taking the user's budget", s.limiter.Take(ctx, s.clock.Now(), budget))
}

// Refresh is Status once the company was asked: who comes back from its page may
// be faster than its webhook. Of one who never was there, or whom it does not know
// any more, there is nothing to ask. It fails with fault.RateLimited and with subscription.ErrUnavailable.
func (s *Subscribe) Refresh(ctx context.Context, who id.ID) (Status, error) {
	if err := s.admit(ctx, who); err != nil {
		return Status{}, err
	}
	r, err := s.subscriptions.Get(ctx, who)
	if err != nil {
		return Status{}, fmt.Errorf("reading the subscription: %w", err)
	}
	if r.Customer != "" {
		if _, err := s.sync(ctx, r.Customer, unchanged); err != nil && !errors.Is(err, subscription.ErrUnknown) {
			return Status{}, erased(err)
		}
	}
	return s.Status(ctx, who)
}
