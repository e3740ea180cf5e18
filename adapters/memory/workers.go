package memory

import (
	"context"
	"time"
)

// Heartbeat implements ports.Workers.
func (s Workers) Heartbeat(ctx context.Context, worker string, until time.Time) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	s.workers[worker] = until
	return nil
}

// CountLive implements ports.Workers.
func (s Workers) CountLive(ctx context.Context, now time.Time) (int, error) {
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
