// Package reconciler keeps the payments provider and the store consistent. It fetches
// subscriptions regularly, because a webhook can be lost, and deletes the customers of erased
// accounts.
package reconciler

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/app/subscribe"
)

const (
	busyPause      = time.Second      // after a round that left something to do
	reconcilePause = 10 * time.Second // after any other round of reconcile
	// deletePause is the pause after any other round of deleteCustomers. It is short, because a
	// checkout page of an erased account can be paid until then.
	deletePause = 2 * time.Second
)

// Reconciler calls Reconcile and DeleteCustomers of subscribe.Service in a loop.
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

// Run reconciles subscriptions and deletes customers until ctx ends.
func (r *Reconciler) Run(ctx context.Context) {
	var loops sync.WaitGroup
	loops.Go(func() { repeat(ctx, reconcilePause, r.reconcile) })
	loops.Go(func() { repeat(ctx, deletePause, r.deleteCustomers) })
	loops.Wait()
}

// repeat calls round until ctx ends. It pauses for idlePause after a round that returns false.
func repeat(ctx context.Context, idlePause time.Duration, round func(context.Context) (more bool)) {
	for {
		pause := idlePause
		if round(ctx) {
			pause = busyPause
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// deleteCustomers deletes one batch of customers and reports whether more may be due.
func (r *Reconciler) deleteCustomers(ctx context.Context) (more bool) {
	result, err := r.subscribe.DeleteCustomers(ctx)
	if ctx.Err() != nil { // customers that were not deleted become due again
		return false
	}
	if err != nil {
		r.log.Error("deleting customers of erased accounts failed, will retry", "failed", result.Failed, "err", err)
	}
	if result.Deleted > 0 {
		r.log.Info("customers of erased accounts deleted", "deleted", result.Deleted)
	}
	return result.Full()
}

// reconcile reconciles one batch of subscriptions and reports whether more may be due.
func (r *Reconciler) reconcile(ctx context.Context) (more bool) {
	result, err := r.subscribe.Reconcile(ctx)
	if ctx.Err() != nil { // subscriptions that were not reconciled become due again
		return false
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
	return result.Full()
}
