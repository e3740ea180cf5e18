package memory

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/ports"
)

// keptKey identifies a count of an erased account.
type keptKey struct {
	number quota.NumberMAC
	day    quota.Day
}

// keepCounts deletes the counts of a user, and keeps those that keep selects.
func (s *Store) keepCounts(userID id.ID, keep ports.KeepCounts) {
	for k, count := range s.messageCounts {
		if k.user != userID {
			continue
		}
		if k.day >= keep.FirstDay {
			s.keptCounts[keptKey{number: keep.Number, day: k.day}] = count
		}
		delete(s.messageCounts, k)
	}
}

// Restore implements ports.MessageCounts.
func (s MessageCounts) Restore(ctx context.Context, userID id.ID, keep ports.KeepCounts) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if s.users[userID] == nil {
		return nil
	}
	for k, count := range s.keptCounts {
		own := countKey{user: userID, day: k.day}
		_, exists := s.messageCounts[own]
		if k.number == keep.Number && k.day >= keep.FirstDay && !exists {
			s.messageCounts[own] = count
		}
	}
	return nil
}
