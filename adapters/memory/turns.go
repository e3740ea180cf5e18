package memory

import (
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// next returns ports.Finished.Next after a reply in r has ended: the next reply of the room if
// it can be claimed at now, or else a reply of the user that was deferred.
func (s *Store) next(r *room, now time.Time) id.ID {
	if next := reply.NextInRoom(r.unfinished, now); next != nil {
		return next.ID
	}
	if s.turns[r.Owner].Deferred {
		return s.claimableOf(r.Owner, now)
	}
	return ""
}

// claimableOf returns a reply of the user that can be claimed at now, or "".
func (s *Store) claimableOf(userID id.ID, now time.Time) id.ID {
	for _, r := range s.owners[userID].rooms {
		if next := reply.NextInRoom(r.unfinished, now); next != nil {
			return next.ID
		}
	}
	return ""
}

// queue adds a reply that was queued at now to the unfinished ones, and starts the turn of its
// user.
func (s *Store) queue(r *room, m *message, now time.Time, headStart time.Duration) {
	turn := s.turns[m.User]
	if turn == nil {
		turn = &reply.Turn{}
		s.turns[m.User] = turn
	}
	turn.Arrive(now, headStart, s.claimableOf(m.User, now) != "")
	s.unfinished[m.ID] = r
	r.unfinished = append(r.unfinished, &m.Reply)
}

// removeUnfinished removes a reply that has become final from the unfinished ones.
func (s *Store) removeUnfinished(r *room, m *message) {
	delete(s.unfinished, m.ID)
	r.unfinished = slices.DeleteFunc(r.unfinished, func(p *reply.Reply) bool { return p == &m.Reply })
}
