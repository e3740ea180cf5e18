// Package reconciler fetches subscriptions regularly from the payments provider, because
// a webhook can be lost.
package reconciler

import (
	"context"
	"log/slog"
	"time"

	"github.com/kuvaka-tech/parley/app/subscribe"
)

const (
	busyPause = time.Second      // after a round that left subscriptions to reconcile
	idlePause = 10 * time.Second // after any other round
)

// Reconciler calls subscribe.Service.Reconcile in a loop.
type Reconciler struct {
	subscribe *subscribe.Service
	log       *slog.Logger
	count     func(outcome string, n int)
}

// New returns a Reconciler. After every round, the Reconciler calls count once for each
// outcome that occurred, with the number of customers: "same", "repaired", "unknown" (the
// payments provider does not know the customer) or "failed".
func New(s *subscribe.Service, log *slog.Logger, count func(outcome string, n int)) *Reconciler {
	return &Reconciler{s, log, count}
}

// Run reconciles subscriptions until ctx ends.
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

// round reconciles one batch of subscriptions and returns the pause before the next round.
func (r *Reconciler) round(ctx context.Context) (pause time.Duration) {
	result, err := r.subscribe.Reconcile(ctx)
	if ctx.Err() != nil { // subscriptions that were not reconciled become due again
		return idlePause
	}
	if err != nil {
		r.log.Error("reconciling subscriptions failed, will retry", "failed", result.Failed, "err", err)
	}
	if result.Repaired > 0 {
		r.log.Warn("subscriptions repaired after missed webhooks", "repaired", result.Repaired)
	}
	for outcome, n := range map[string]int{
		"same":     result.Unchanged,
		"repaired": result.Repaired,
		"unknown":  result.Unknown,
		"failed":   result.Failed,
	} {
		if n > 0 {
			r.count(outcome, n)
		}
	}
	if result.Full() {
		return busyPause
	}
	return idlePause
}
