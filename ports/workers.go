package ports

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/reply"
)

// Workers knows which worker processes are alive, and what they can do.
type Workers interface {
	// Heartbeat records that a worker is alive, and what it can do. It replaces the last
	// heartbeat of the worker.
	Heartbeat(ctx context.Context, h Heartbeat) error
	// CountLive returns how many workers are alive at now.
	CountLive(ctx context.Context, now time.Time) (int, error)
	// Capacity returns the totals of the last heartbeats of the workers that are alive at now.
	// A heartbeat without slots counts only as Unknown.
	Capacity(ctx context.Context, now time.Time) (reply.Capacity, error)
}

// Heartbeat is what a worker reports about itself.
type Heartbeat struct {
	Worker   string    // the name of the process
	Until    time.Time // until then, the worker counts as alive
	Slots    int       // attempts that it can run concurrently
	Finished int       // replies that it finished in the last reply.CapacityWindow
}
