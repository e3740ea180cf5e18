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

// refreshes bounds how often one user can have the company asked.
func refreshes(who id.ID) ports.Budget {
	return ports.Budget{Key: "refresh:" + string(who), Limit: 10, Window: time.Minute}
}

// Refresh is Status once the company was asked: who comes back from its page may
// be faster than its webhook. Of one who never was there, or whom it does not know
// any more, there is nothing to ask. It fails with fault.RateLimited and with subscription.ErrUnavailable.
func (s *Subscribe) Refresh(ctx context.Context, who id.ID) (Status, error) {
	if err := s.limiter.Take(ctx, s.clock.Now(), refreshes(who)); err != nil {
		return Status{}, fmt.Errorf("taking the user's budget: %w", err)
	}
	r, err := s.subscriptions.Get(ctx, who)
	if err != nil {
		return Status{}, fmt.Errorf("reading the subscription: %w", err)
	}
	if r.Customer != "" {
		if _, err := s.sync(ctx, r.Customer); err != nil && !errors.Is(err, subscription.ErrUnknown) {
			return Status{}, erased(err)
		}
	}
	return s.Status(ctx, who)
}
