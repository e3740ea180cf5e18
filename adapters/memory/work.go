package memory

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

func (s Work) Claim(ctx context.Context, now time.Time, lease time.Duration, n, perUser int) ([]chat.Task, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	taken, held := chat.Turns(s.due(now), s.running(), perUser, n)
	for _, reply := range held {
		reply.Held = true
	}
	var tasks []chat.Task
	for _, reply := range taken {
		r := s.replies[reply.ID]
		reply.Claim(now, lease)
		r.bump(reply)
		tasks = append(tasks, chat.Task{Reply: reply.ID, Room: r.ID, User: reply.User, Prompt: r.find(reply.InReplyTo).Message, Fence: reply.Fence, Rev: r.Rev,
			Errors: reply.Errors, Crashes: reply.Crashes, FirstClaim: reply.FirstClaim})
	}
	return tasks, nil
}

// due is the claimable reply of every room that has one.
func (s *Store) due(now time.Time) []*chat.Reply {
	var due []*chat.Reply
	for r := range s.open() {
		if next := chat.Next(r.pending, now); next != nil {
			due = append(due, next)
		}
	}
	return due
}

// running counts each user's replies under a claim, those whose lease ran out too.
func (s *Store) running() map[id.ID]int {
	count := map[id.ID]int{}
	for r := range s.open() {
		for _, m := range r.pending {
			if m.Status == chat.Running {
				count[m.User]++
			}
		}
	}
	return count
}

// open is every room with a reply that is not final, once.
func (s *Store) open() iter.Seq[*room] {
	return func(yield func(*room) bool) {
		seen := map[*room]bool{}
		for _, r := range s.replies {
			if !seen[r] && !yield(r) {
				return
			}
			seen[r] = true
		}
	}
}

// bump records a change of m under the room's next revision.
func (r *room) bump(m *chat.Reply) {
	r.Rev++
	m.Rev = r.Rev
}

// pending finds a reply that is not final, and its room.
func (s *Store) pending(id id.ID) (*room, *chat.Reply, error) {
	r := s.replies[id]
	if r == nil {
		return nil, nil, s.why(id)
	}
	return r, r.find(id), nil
}

// why tells a reply that ended from one that was deleted.
func (s *Store) why(id id.ID) error {
	for _, r := range s.rooms {
		if m := r.find(id); m != nil && m.Status == chat.Cancelled {
			return chat.ErrCancelled
		} else if m != nil {
			return chat.ErrLost
		}
	}
	return chat.ErrGone
}

func (s Work) Renew(ctx context.Context, reply id.ID, fence int64, now time.Time, lease time.Duration) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	_, m, err := s.pending(reply)
	if err != nil {
		return err
	}
	return m.Renew(fence, now, lease)
}

func (s Work) Finish(ctx context.Context, reply id.ID, fence int64, o chat.Outcome, now time.Time) (ports.Finished, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return ports.Finished{}, err
	}
	defer unlock()
	r, m, err := s.pending(reply)
	if err != nil {
		return ports.Finished{}, err
	}
	refund, err := m.Finish(fence, o)
	if err != nil {
		return ports.Finished{}, err
	}
	if refund {
		s.sent[sentKey{m.User, m.Day}]--
	}
	r.bump(m)
	if m.Status.Final() {
		s.settle(r, m)
	}
	return ports.Finished{Rev: r.Rev, Next: s.next(r, now)}, nil
}

// next is the room's next due reply, or else one of its owner's that was held back.
func (s *Store) next(r *room, now time.Time) id.ID {
	if next := chat.Next(r.pending, now); next != nil {
		return next.ID
	}
	for _, reply := range s.due(now) {
		if reply.Held && reply.User == r.Owner {
			return reply.ID
		}
	}
	return ""
}

// settle takes a final reply out of what is pending.
func (s *Store) settle(r *room, m *chat.Reply) {
	delete(s.replies, m.ID)
	r.pending = slices.DeleteFunc(r.pending, func(p *chat.Reply) bool { return p == m })
}

func (s Work) Depth(ctx context.Context, now time.Time) (ports.Depth, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return ports.Depth{}, err
	}
	defer unlock()
	var d ports.Depth
	for id, r := range s.replies {
		switch m := r.find(id); {
		case m.Status == chat.Running:
			d.Running++
		case m.Claimable(now):
			d.Queued++
			d.Oldest = max(d.Oldest, now.Sub(m.Due))
		}
	}
	return d, nil
}

func (s Workers) Beat(ctx context.Context, worker string, until time.Time) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	s.workers[worker] = until
	return nil
}

func (s Workers) Live(ctx context.Context, now time.Time) (int, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	live := 0
	for worker, until := range s.workers {
		if until.After(now) {
			live++
		} else {
			delete(s.workers, worker)
		}
	}
	return live, nil
}
