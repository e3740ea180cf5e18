package worker

import (
	"context"
	"sync"
)

// slots counts the answers that may still be started.
type slots struct {
	mu    sync.Mutex
	free  int
	freed chan struct{} // holds a token while there may be free ones
}

func newSlots(n int) *slots { return &slots{free: n, freed: make(chan struct{}, 1)} }

// takeAll takes every free slot and says how many that were.
func (s *slots) takeAll() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.free
	s.free = 0
	return n
}

// any says whether a slot is free.
func (s *slots) any() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.free > 0
}

// take waits for a free slot and takes it; it is false when ctx ends before.
func (s *slots) take(ctx context.Context) bool {
	for !s.tryTake() {
		select {
		case <-s.freed:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

func (s *slots) tryTake() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.free == 0 {
		return false
	}
	s.free--
	s.tell()
	return true
}

// give gives n slots back.
func (s *slots) give(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free += n
	s.tell()
}

// tell wakes one who waits while there is something to take.
func (s *slots) tell() {
	if s.free == 0 {
		return
	}
	select {
	case s.freed <- struct{}{}:
	default:
	}
}
