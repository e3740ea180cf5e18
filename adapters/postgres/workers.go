package postgres

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	heartbeat = `
		INSERT INTO workers (name, until, slots, finished) VALUES ($1, $2, $3, $4)
		ON CONFLICT ON CONSTRAINT workers_pkey DO UPDATE
			SET until = excluded.until, slots = excluded.slots, finished = excluded.finished`

	countLiveWorkers = `SELECT count(*) FROM workers WHERE until > $1`

	// The workers of the previous version have 0 slots.
	workersCapacity = `
		SELECT
			coalesce(sum(slots), 0) AS slots,
			coalesce(sum(finished) FILTER (WHERE slots > 0), 0) AS finished,
			count(*) FILTER (WHERE slots = 0) AS unknown
		FROM workers WHERE until > $1`
)

// Heartbeat implements ports.Workers.
func (s Workers) Heartbeat(ctx context.Context, h ports.Heartbeat) error {
	_, err := s.leasePool.ExecContext(ctx, heartbeat, h.Worker, h.Until, h.Slots, h.Finished)
	return wrap("writing a heartbeat", err)
}

// CountLive implements ports.Workers.
func (s Workers) CountLive(ctx context.Context, now time.Time) (n int, err error) {
	err = s.pool.GetContext(ctx, &n, countLiveWorkers, now)
	return n, wrap("counting workers", err)
}

// Capacity implements ports.Workers.
func (s Workers) Capacity(ctx context.Context, now time.Time) (c reply.Capacity, err error) {
	err = s.pool.GetContext(ctx, &c, workersCapacity, now)
	return c, wrap("adding up the capacity of the workers", err)
}
