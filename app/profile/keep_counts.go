package profile

import (
	"context"
	"fmt"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/ports"
)

// keepCounts returns which message counts stay after the erasure of an account, so that a new
// account with the same number continues the quota of the day. It fails with
// session.ErrBadToken when the account was erased.
func (s *Service) keepCounts(ctx context.Context, userID id.ID) (ports.KeepCounts, error) {
	u, err := s.config.Users.Get(ctx, userID)
	if err != nil {
		return ports.KeepCounts{}, fmt.Errorf("reading the number: %w", session.BadTokenIfErased(err))
	}
	return ports.KeepCounts{
		Number:   s.config.NumberKey.MAC(u.Number),
		FirstDay: quota.DayOf(s.config.Clock.Now()),
	}, nil
}
