package memory

import (
	"context"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// RemoveOld implements ports.Retention. It removes all of them.
func (s Retention) RemoveOld(ctx context.Context, until time.Time) (more bool, err error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return false, err
	}
	defer unlock()
	for _, r := range s.rooms {
		removed := r.removeOld(until)
		purge(s.idempotency, func(_ idempotencyKey, a acceptedAsk) bool {
			return removed[a.prompt.ID] || removed[a.reply.ID]
		})
	}
	return false, nil
}

// removeOld removes the old exchanges of a room, and returns the ids of their messages.
func (r *room) removeOld(until time.Time) (removed map[id.ID]bool) {
	removed = map[id.ID]bool{}
	for pair := range slices.Chunk(r.messages, 2) {
		prompt, reply := pair[0], pair[1]
		if !reply.Status.Final() || lastChange(prompt.Message).After(until) || lastChange(reply.Message).After(until) {
			continue
		}
		removed[prompt.ID], removed[reply.ID] = true, true
		delete(r.versions, prompt.ID)
		delete(r.versions, reply.ID)
		if prompt.Born <= r.summary.Through {
			r.summary = chat.Summary{}
		}
	}
	r.messages = slices.DeleteFunc(r.messages, func(m *message) bool { return removed[m.ID] })
	return removed
}

// lastChange returns when the user last changed a message.
func lastChange(m chat.Message) time.Time {
	if m.Revised.IsZero() {
		return m.Created
	}
	return m.Revised
}
