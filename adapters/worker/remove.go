package worker

import (
	"context"
	"time"
)

const (
	removeEvery    = 5 * time.Second // while no deleted room is left to remove
	removeOldEvery = time.Minute     // while no old message is left to remove
	// removePauses is how many times as long as a removal the pause after it is. So removals use a
	// connection of the database for a quarter of the time.
	removePauses   = 3
	minRemovePause = 10 * time.Millisecond
)

// removeDeletedLoop calls Retention.RemoveDeleted until ctx is done.
func (w *Worker) removeDeletedLoop(ctx context.Context) {
	w.removeLoop(ctx, "removing deleted rooms", removeEvery, w.config.Retention.RemoveDeleted)
}

// removeOldLoop calls Retention.RemoveOld until ctx is done. It does nothing if messages are kept.
func (w *Worker) removeOldLoop(ctx context.Context) {
	if w.config.MessageTTL == 0 {
		return
	}
	w.removeLoop(ctx, "removing old messages", removeOldEvery, func(ctx context.Context) (bool, error) {
		return w.config.Retention.RemoveOld(ctx, w.config.Clock.Now().Add(-w.config.MessageTTL))
	})
}

// removeLoop calls remove until ctx is done. It pauses for idle when nothing is left.
func (w *Worker) removeLoop(
	ctx context.Context, what string, idle time.Duration, remove func(context.Context) (more bool, err error),
) {
	for {
		began := time.Now()
		more, err := remove(ctx)
		w.logError(ctx, what, err)
		pause := idle
		if more && err == nil {
			pause = min(max(minRemovePause, removePauses*time.Since(began)), idle)
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
