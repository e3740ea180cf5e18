package memory

import (
	"context"
	"maps"
	"time"

	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// Heartbeat implements ports.Workers.
func (s Workers) Heartbeat(ctx context.Context, h ports.Heartbeat) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	s.workers[h.Worker] = h
	return nil
}

// CountLive implements ports.Workers.
func (s Workers) CountLive(ctx context.Context, now time.Time) (int, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	s.removeExpiredWorkers(now)
	return len(s.workers), nil
}

// Capacity implements ports.Workers.
func (s Workers) Capacity(ctx context.Context, now time.Time) (c reply.Capacity, err error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return reply.Capacity{}, err
	}
	defer unlock()
	s.removeExpiredWorkers(now)
	for _, h := range s.workers {
		if h.Slots == 0 {
			c.Unknown++
			continue
		}
		c.Slots += h.Slots
		c.Finished += h.Finished
	}
	return c, nil
}

// removeExpiredWorkers removes the workers that are not alive at now.
func (s *Store) removeExpiredWorkers(now time.Time) {
	maps.DeleteFunc(s.workers, func(_ string, h ports.Heartbeat) bool { return !h.Until.After(now) })
}
