package postgres

import (
	"context"
	"time"
)

const (
	heartbeat = `
		INSERT INTO workers (name, until) VALUES ($1, $2)
		ON CONFLICT ON CONSTRAINT workers_pkey DO UPDATE SET until = excluded.until`

	countLiveWorkers = `SELECT count(*) FROM workers WHERE until > $1`
)

// Heartbeat implements ports.Workers.
func (s Workers) Heartbeat(ctx context.Context, worker string, until time.Time) error {
	_, err := s.leasePool.ExecContext(ctx, heartbeat, worker, until)
	return wrap("writing a heartbeat", err)
}

// CountLive implements ports.Workers.
func (s Workers) CountLive(ctx context.Context, now time.Time) (n int, err error) {
	err = s.pool.GetContext(ctx, &n, countLiveWorkers, now)
	return n, wrap("counting workers", err)
}
