package memory

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// UsersAhead implements ports.ReplyQueue.
func (s ReplyQueue) UsersAhead(
	ctx context.Context, now time.Time, headStart time.Duration, limit int,
) (int, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	newcomer := &reply.Turn{Since: now, HeadStart: headStart}
	ahead := map[id.ID]bool{}
	for _, job := range s.claimable(now) {
		if s.turns[job.User].Before(newcomer) {
			ahead[job.User] = true
		}
	}
	return min(len(ahead), limit), nil
}
