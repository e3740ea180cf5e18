package talk

import (
	"context"
	"sync"

	"github.com/kuvaka-tech/parley/core/id"
)

// seats bound the calls of the model for one user in this process. A claim does so
// already; but a call goes on for the moment until its worker notices that its
// room was deleted and its claim with it.
type seats struct {
	each int // 0 bounds nobody
	mu   sync.Mutex
	of   map[id.ID]*bench
}

// bench is one user's seats, which is there while somebody sits or waits.
type bench struct {
	taken chan struct{}
	users int
}

func newSeats(each int) *seats { return &seats{each: each, of: map[id.ID]*bench{}} }

// take waits for a seat, which free gives back. It fails with ctx's cause when that is over.
func (s *seats) take(ctx context.Context, user id.ID) (free func(), err error) {
	if s.each == 0 {
		return func() {}, nil
	}
	b := s.come(user)
	select {
	case b.taken <- struct{}{}:
		return func() { <-b.taken; s.leave(user, b) }, nil
	case <-ctx.Done():
		s.leave(user, b)
		return nil, context.Cause(ctx)
	}
}

func (s *seats) come(user id.ID) *bench {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.of[user]
	if b == nil {
		b = &bench{taken: make(chan struct{}, s.each)}
		s.of[user] = b
	}
	b.users++
	return b
}

func (s *seats) leave(user id.ID, b *bench) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.users--; b.users == 0 {
		delete(s.of, user)
	}
}
