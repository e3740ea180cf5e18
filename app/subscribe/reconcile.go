package subscribe

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	// reconcileBatch is the number of customers that all processes together recheck per
	// second. That is 18,000 per hour. Each live subscription is due once an hour
	// (core/subscription/recheck.go), so with more than 18,000 of them the rechecks are
	// late. A recheck makes at most one call to each of two endpoints. Stripe allows 25 calls per
	// second to an endpoint (docs.stripe.com/rate-limits), so 20 are left for requests.
	reconcileBatch = 5
	// reconcileRetry is the time after which a failed recheck is repeated.
	reconcileRetry = 5 * time.Minute
)

// reconcileLimit allows one batch per second. All processes that share a limiter share it.
var reconcileLimit = ports.RateLimit{Key: "reconcile", Limit: 1, Window: time.Second}

// ReconcileResult counts the customers of one batch by the result of their recheck.
type ReconcileResult struct {
	Unchanged int
	Repaired  int // the stored snapshot was outdated
	Unknown   int // the payments provider does not know the customer
	Failed    int
}

// Full reports whether the batch was full and no recheck failed. More customers may then be
// due.
func (r ReconcileResult) Full() bool { return r.Unchanged+r.Repaired+r.Unknown == reconcileBatch }

// Reconcile rechecks one batch of customers that are due: it fetches their subscriptions
// and saves them. This repairs records that are outdated because a webhook was lost.
// Reconcile does nothing when another process has used this second's batch. It returns the
// joined errors of the failed rechecks. The other rechecks of the batch succeed
// nevertheless.
func (s *Service) Reconcile(ctx context.Context) (ReconcileResult, error) {
	now := s.config.Clock.Now()
	err := s.config.Limiter.Take(ctx, now, reconcileLimit)
	if errors.Is(err, fault.ErrRateLimited) {
		return ReconcileResult{}, nil
	}
	if err != nil {
		return ReconcileResult{}, fmt.Errorf("rate-limiting the batch: %w", err)
	}
	due, err := s.config.Subscriptions.TakeDue(ctx, now, now.Add(reconcileRetry), reconcileBatch)
	if err != nil {
		return ReconcileResult{}, fmt.Errorf("taking subscriptions that are due: %w", err)
	}
	results := make([]recheckResult, len(due))
	errs := make([]error, len(due))
	var rechecks sync.WaitGroup
	for i, r := range due {
		rechecks.Go(func() { results[i], errs[i] = s.recheck(ctx, r) })
	}
	rechecks.Wait()
	return count(results), errors.Join(errs...)
}

// recheckResult is the result of the recheck of one customer.
type recheckResult uint8

const (
	recheckFailed recheckResult = iota
	recheckUnchanged
	recheckRepaired
	recheckUnknown
)

// count counts the results by kind.
func count(results []recheckResult) ReconcileResult {
	var n [recheckUnknown + 1]int
	for _, r := range results {
		n[r]++
	}
	return ReconcileResult{
		Unchanged: n[recheckUnchanged],
		Repaired:  n[recheckRepaired],
		Unknown:   n[recheckUnknown],
		Failed:    n[recheckFailed],
	}
}

// recheck syncs one customer that was due. r is the record as it was then.
func (s *Service) recheck(ctx context.Context, r subscription.Record) (recheckResult, error) {
	synced, err := s.sync(ctx, r.Customer, noChange)
	switch {
	case errors.Is(err, subscription.ErrUnknownCustomer):
		if err := s.saveUnknownCustomer(ctx, r); err != nil {
			return recheckFailed, fmt.Errorf("saving that the customer of user %s is unknown: %w", r.User, err)
		}
		return recheckUnknown, nil
	case errors.Is(err, user.ErrNotFound): // the account was erased during the recheck
		return recheckUnchanged, nil
	case err != nil:
		return recheckFailed, fmt.Errorf("rechecking user %s: %w", r.User, err)
	case synced.Version == r.Version && synced.Snapshot.Differs(r.Snapshot):
		return recheckRepaired, nil
	}
	return recheckUnchanged, nil // or a webhook has updated the record first
}

// saveUnknownCustomer saves that the payments provider does not know the customer. It does
// nothing when the record has changed since r was read, or the account was erased.
func (s *Service) saveUnknownCustomer(ctx context.Context, r subscription.Record) error {
	proUntil := r.Snapshot.ProUntil(s.config.Plans.Grace)
	err := s.config.Subscriptions.Save(ctx, r.CustomerUnknown(s.config.Clock.Now(), proUntil), proUntil)
	if errors.Is(err, subscription.ErrStale) || errors.Is(err, user.ErrNotFound) {
		return nil
	}
	return err
}
