package worker

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/ports"
)

const (
	sweepEvery   = time.Second
	purgeEvery   = time.Minute
	heartbeatTTL = 5 * time.Second // a few sweeps, so that a worker with a late sweep still counts as alive
)

// sweepLoop calls sweep every sweepEvery and Retention.Purge every purgeEvery, until ctx is
// done.
func (w *Worker) sweepLoop(ctx, attemptCtx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	var purged time.Time
	for {
		now := w.config.Clock.Now()
		w.sweep(ctx, attemptCtx, now)
		if now.Sub(purged) >= purgeEvery {
			_, err := w.config.Retention.Purge(ctx, now)
			w.logError(ctx, "purging expired data", err)
			purged = now
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// sweep sends the heartbeat, claims replies for all free slots, and writes the token usage. It
// claims any reply that is due, also one whose wake-up was lost.
func (w *Worker) sweep(ctx, attemptCtx context.Context, now time.Time) {
	w.logError(ctx, "sending the heartbeat", w.heartbeat(ctx, now, heartbeatTTL))
	w.claimForFreeSlots(ctx, attemptCtx)
	w.logError(ctx, "writing the token usage", w.config.Answers.FlushUsage(ctx))
}

// heartbeat reports at now that the worker is alive for ttl, and what it can do.
func (w *Worker) heartbeat(ctx context.Context, now time.Time, ttl time.Duration) error {
	return w.config.Workers.Heartbeat(ctx, ports.Heartbeat{
		Worker:   w.config.Name,
		Until:    now.Add(ttl),
		Slots:    w.config.Concurrency,
		Finished: w.finished.count(now),
	})
}

// logError logs the error of a step, unless ctx is done, because that may be the cause of the
// error. The worker repeats the step later.
func (w *Worker) logError(ctx context.Context, step string, err error) {
	if err != nil && ctx.Err() == nil {
		w.config.Log.Error("worker: "+step, "err", err)
	}
}
