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
	return s.messageCounts[countKey{user: userID, day: day}].Used, nil
}

// unitOf returns the key of the count from which a reply took its unit.
func unitOf(m *message) countKey { return countKey{user: m.User, day: m.Day} }

// changeCount changes a count. The caller holds the lock.
func (s *Store) changeCount(k countKey, change func(*quota.Count)) {
	before := s.messageCounts[k]
	count := before
	change(&count)
	if count != before {
		s.messageCounts[k] = count
	}
}
