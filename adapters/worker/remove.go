package worker

import (
	"context"
	"time"
)

const (
	removeEvery = 5 * time.Second // while nothing is left to remove
	// removePauses is how many times as long as a removal the pause after it is. So removals use a
	// connection of the database for a quarter of the time.
	removePauses   = 3
	minRemovePause = 10 * time.Millisecond
)

// removeLoop calls Retention.RemoveDeleted until ctx is done.
func (w *Worker) removeLoop(ctx context.Context) {
	for {
		began := time.Now()
		more, err := w.config.Retention.RemoveDeleted(ctx)
		w.logError(ctx, "removing deleted rooms", err)
		pause := removeEvery
		if more && err == nil {
			pause = min(max(minRemovePause, removePauses*time.Since(began)), removeEvery)
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}
