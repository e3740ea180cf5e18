package worker

import (
	"context"
	"sync"
)

// slots limits the number of concurrent attempts. It is a semaphore from which a caller can
// also take all free slots in one step.
type slots struct {
	mu    sync.Mutex
	free  int
	freed chan struct{} // has a signal for one waiting take while slots may be free
}

func newSlots(n int) *slots { return &slots{free: n, freed: make(chan struct{}, 1)} }

// take waits for a free slot and takes it. It returns false when ctx is done first.
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

// tryTake takes a slot if one is free, and reports whether it did.
func (s *slots) tryTake() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.free == 0 {
		return false
	}
	s.free--
	s.signal()
	return true
}

// takeFree takes all free slots and returns their number.
func (s *slots) takeFree() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.free
	s.free = 0
	return n
}

// hasFree reports whether a slot is free.
func (s *slots) hasFree() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.free > 0
}

// release frees n slots.
func (s *slots) release(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free += n
	s.signal()
}

// signal wakes one waiting take if a slot is free. The caller holds mu.
func (s *slots) signal() {
	if s.free == 0 {
		return
	}
	select {
	case s.freed <- struct{}{}:
	default:
	}
}
