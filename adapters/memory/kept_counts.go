package memory

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/ports"
)

// keptKey identifies a count that stays with a number.
type keptKey struct {
	number quota.NumberMAC
	day    quota.Day
}

// keepCounts keeps the counts of a user that keep selects.
func (s *Store) keepCounts(userID id.ID, keep ports.KeepCounts) {
	for k, count := range s.messageCounts {
		if k.user == userID && k.day >= keep.FirstDay {
			s.keptCounts[keptKey{number: keep.Number, day: k.day}] = count
		}
	}
}

// mergeCounts merges the counts of a user with the kept counts of a number, from a day on.
func (s *Store) mergeCounts(userID id.ID, number quota.NumberMAC, first quota.Day) {
	for k, kept := range s.keptCounts {
		if k.number == number && k.day >= first {
			own := countKey{user: userID, day: k.day}
			s.messageCounts[own] = s.messageCounts[own].Merge(kept)
		}
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
