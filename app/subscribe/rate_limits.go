package subscribe

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// limitUser counts a request that calls the payments provider, and fails with
// fault.ErrRateLimited after 20 requests of a user per minute. Without it, one user could
// use up the rate limit of the provider, which all users share (docs.stripe.com/rate-limits).
func (s *Service) limitUser(ctx context.Context, userID id.ID) error {
	limit := ports.RateLimit{Key: "subscription:" + string(userID), Limit: 20, Window: time.Minute}
	return wrap("rate-limiting the user", s.config.Limiter.Take(ctx, s.config.Clock.Now(), limit))
}
