package memory

import (
	"context"
	"sync"

	"github.com/kuvaka-tech/parley/core/id"
)

// CancelSignals implements ports.CancelSignals within one process.
type CancelSignals struct {
	mu        sync.Mutex
	receivers map[*cancelReceiver]bool
}

// cancelReceiver has the signals that one Receive has not handled yet.
type cancelReceiver struct {
	waiting []id.ID
	arrived chan struct{} // buffers one notice that waiting has new signals
}

// maxWaitingSignals limits the signals that wait for one Receive. Later signals are lost.
const maxWaitingSignals = 10_000

// NewCancelSignals returns signals between the callers of the same instance.
func NewCancelSignals() *CancelSignals {
	return &CancelSignals{receivers: map[*cancelReceiver]bool{}}
}

// Send implements ports.CancelSignals.
func (s *CancelSignals) Send(ctx context.Context, replyID id.ID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for r := range s.receivers {
		if len(r.waiting) < maxWaitingSignals {
			r.waiting = append(r.waiting, replyID)
		}
		select {
		case r.arrived <- struct{}{}:
		default:
		}
	}
	return nil
}

// Receive implements ports.CancelSignals. It never fails.
func (s *CancelSignals) Receive(ctx context.Context, handle func(replyID id.ID)) error {
	r := &cancelReceiver{arrived: make(chan struct{}, 1)}
	s.add(r)
	defer s.remove(r)
	for {
		select {
		case <-r.arrived:
		case <-ctx.Done():
			return nil
		}
		for _, replyID := range s.take(r) {
			if ctx.Err() != nil {
				return nil
			}
			handle(replyID)
		}
	}
}

func (s *CancelSignals) add(r *cancelReceiver) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.receivers[r] = true
}

func (s *CancelSignals) remove(r *cancelReceiver) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.receivers, r)
}

// take removes and returns the waiting signals.
func (s *CancelSignals) take(r *cancelReceiver) []id.ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := r.waiting
	r.waiting = nil
	return waiting
}
