package ports

import (
	"context"
	"time"
)

// Workers knows which worker processes are alive.
type Workers interface {
	// Heartbeat records that a worker counts as alive until the time until.
	Heartbeat(ctx context.Context, worker string, until time.Time) error
	// CountLive returns how many workers are alive at now.
	CountLive(ctx context.Context, now time.Time) (int, error)
}
