package memory

import (
	"context"
	"iter"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// Claim implements ports.ReplyQueue.
func (s ReplyQueue) Claim(
	ctx context.Context, now time.Time, lease time.Duration, n, perUser int,
) ([]reply.Task, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	queue := reply.Queue{Claimable: s.claimable(now), Running: s.running(now), Turns: s.turns}
	var tasks []reply.Task
	for _, job := range queue.Schedule(now, n, perUser) {
		job.Claim(now, lease)
		tasks = append(tasks, s.task(job))
	}
	return tasks, nil
}

// task returns the task of a reply that was just claimed. It also assigns the next revision
// of the room to the reply.
func (s *Store) task(job *reply.Reply) reply.Task {
	r := s.unfinished[job.ID]
	s.bump(r, r.find(job.ID))
	return reply.Task{
		Reply:      job.ID,
		Room:       r.ID,
		User:       job.User,
		Prompt:     r.find(job.InReplyTo).Message,
		Fence:      job.Fence,
		Rev:        r.Rev,
		Errors:     job.Errors,
		Crashes:    job.Crashes,
		FirstClaim: job.FirstClaim,
		Cancelling: job.Cancelling,
	}
}

// claimable returns the replies that can be claimed at now, at most one of each room.
func (s *Store) claimable(now time.Time) []*reply.Reply {
	var claimable []*reply.Reply
	for r := range s.unfinishedRooms() {
		if next := reply.NextInRoom(r.unfinished, now); next != nil {
			claimable = append(claimable, next)
		}
	}
	return claimable
}

// running returns the number of running replies of each user, without those whose lease has
// expired.
func (s *Store) running(now time.Time) map[id.ID]int {
	count := map[id.ID]int{}
	for r := range s.unfinishedRooms() {
		for _, m := range r.unfinished {
			if m.Status == chat.Running && !m.Claimable(now) {
				count[m.User]++
			}
		}
	}
	return count
}

// unfinishedRooms yields each room that has unfinished replies once.
func (s *Store) unfinishedRooms() iter.Seq[*room] {
	return func(yield func(*room) bool) {
		seen := map[*room]bool{}
		for _, r := range s.unfinished {
			if !seen[r] && !yield(r) {
				return
			}
			seen[r] = true
		}
	}
}

// findUnfinished returns an unfinished reply and its room. If the reply is final or does not
// exist, it fails with claimError.
func (s *Store) findUnfinished(replyID id.ID) (*room, *message, error) {
	r := s.unfinished[replyID]
	if r == nil {
		return nil, nil, s.claimError(replyID)
	}
	return r, r.find(replyID), nil
}

// claimError returns the error for a worker whose reply is final or does not exist:
// reply.ErrCancelled, reply.ErrClaimLost or reply.ErrDeleted.
func (s *Store) claimError(replyID id.ID) error {
	for _, r := range s.rooms {
		switch m := r.find(replyID); {
		case m == nil:
			continue
		case m.Status == chat.Cancelled:
			return reply.ErrCancelled
		default:
			return reply.ErrClaimLost
		}
	}
	return reply.ErrDeleted
}

// Renew implements ports.ReplyQueue.
func (s ReplyQueue) Renew(ctx context.Context, replyID id.ID, fence int64, now time.Time, lease time.Duration) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	_, m, err := s.findUnfinished(replyID)
	if err != nil {
		return err
	}
	return m.Renew(fence, now, lease)
}

// Finish implements ports.ReplyQueue.
func (s ReplyQueue) Finish(
	ctx context.Context, replyID id.ID, fence int64, o reply.Outcome, now time.Time,
) (ports.Finished, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return ports.Finished{}, err
	}
	defer unlock()
	r, m, err := s.findUnfinished(replyID)
	if err != nil {
		return ports.Finished{}, err
	}
	waiting := s.claimableOf(m.User, now) != ""
	var refunded bool
	s.changeCount(unitOf(m), func(day *quota.Count) { refunded, err = m.Finish(fence, o, day) })
	if err != nil {
		return ports.Finished{}, err
	}
	s.bump(r, m)
	if m.Status.Final() {
		s.removeUnfinished(r, m)
	}
	s.turns[m.User].Release(now, waiting)
	return ports.Finished{Rev: r.Rev, Refunded: refunded, Next: s.next(r, now)}, nil
}

// Depth implements ports.ReplyQueue.
func (s ReplyQueue) Depth(ctx context.Context, now time.Time) (ports.Depth, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return ports.Depth{}, err
	}
	defer unlock()
	var d ports.Depth
	for replyID, r := range s.unfinished {
		switch m := r.find(replyID); {
		case m.Status == chat.Running:
			d.Running++
		case m.Claimable(now):
			d.Queued++
		}
	}
	for _, job := range s.claimable(now) {
		if !s.turns[job.User].AtLimit {
			d.Oldest = max(d.Oldest, now.Sub(job.Due))
		}
	}
	return d, nil
}
