package worker

import (
	"context"
	"time"
)

// receiveAgainAfter is the pause after cancel signals could not be received.
const receiveAgainAfter = time.Second

// receiveCancels stops attempts whose replies are cancelled, until ctx is done. Without
// signals, an attempt notices the cancellation when it renews its lease.
func (w *Worker) receiveCancels(ctx context.Context) {
	for ctx.Err() == nil {
		w.logError(ctx, "receiving cancel signals", w.config.Answers.ReceiveCancels(ctx))
		select {
		case <-ctx.Done():
		case <-time.After(receiveAgainAfter):
		}
	}
}
