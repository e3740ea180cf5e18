package memory

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
)

// Count implements ports.MessageCounts.
func (s MessageCounts) Count(ctx context.Context, userID id.ID, day quota.Day) (int, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	return s.messageCounts[countKey{user: userID, day: day}], nil
}
