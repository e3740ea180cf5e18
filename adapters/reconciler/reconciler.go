// Package reconciler drives the repair of what lost webhooks left behind.
package reconciler

import (
	"context"
	"log/slog"
	"time"

	"github.com/kuvaka-tech/parley/app/subscribe"
)

const (
	busy = time.Second      // after a round that left more to do
	idle = 10 * time.Second // after any other
)

// Reconciler asks the payments company about those whom it has told nothing of for long.
type Reconciler struct {
	subscribe *subscribe.Subscribe
	log       *slog.Logger
	count     func(outcome string, n int)
}

// New returns a reconciler. count is told of every round, how many customers it
// found same, repaired, unknown to the company, or failed to look at.
func New(s *subscribe.Subscribe, log *slog.Logger, count func(outcome string, n int)) *Reconciler {
	return &Reconciler{s, log, count}
}

// Run works until ctx is over.
func (r *Reconciler) Run(ctx context.Context) {
	for {
		pause := time.NewTimer(r.round(ctx))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return
		}
	}
}

// round makes one and returns how long to rest after it.
func (r *Reconciler) round(ctx context.Context) time.Duration {
	done, err := r.subscribe.Reconcile(ctx)
	if ctx.Err() != nil { // what it broke off comes again
		return idle
	}
	if err != nil {
		r.log.Error("subscriptions not looked at; they will be again", "failed", done.Failed, "err", err)
	}
	if done.Repaired > 0 {
		r.log.Warn("subscriptions repaired that no webhook told of", "repaired", done.Repaired)
	}
	for outcome, n := range map[string]int{"same": done.Same, "repaired": done.Repaired, "unknown": done.Unknown, "failed": done.Failed} {
		if n > 0 {
			r.count(outcome, n)
		}
	}
	if done.Full() {
		return busy
	}
	return idle
}
