package login

import (
	"context"
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// restoreCounts gives a user the message counts of an erased account with the same number. A
// login calls it before it opens a session. So a new account cannot send a message before it.
func (s *Service) restoreCounts(ctx context.Context, u user.User, now time.Time) error {
	for _, key := range s.config.Policy.NumberKeys {
		keep := ports.KeepCounts{Number: key.MAC(u.Number), FirstDay: quota.DayOf(now)}
		if err := s.config.MessageCounts.Restore(ctx, u.ID, keep); err != nil {
			return fmt.Errorf("restoring the message counts: %w", err)
		}
	}
	return nil
}
