package subscribe

import (
	"context"
	"errors"
	"fmt"

	"github.com/kuvaka-tech/parley/core/subscription"
)

// syncAttempts is how often fetchAndSave tries to save a record while other requests save
// the same record.
const syncAttempts = 20

// fetchFunc returns the current snapshot of the record's customer.
type fetchFunc func(ctx context.Context, r subscription.Record) (subscription.Snapshot, error)

// recordChange returns the record with a change other than the new snapshot.
type recordChange func(subscription.Record) subscription.Record

// noChange is the recordChange that changes nothing.
func noChange(r subscription.Record) subscription.Record { return r }

// sync is fetchAndSave with the usual fetchFunc.
func (s *Service) sync(ctx context.Context, customer string, change recordChange) (subscription.Record, error) {
	return s.fetchAndSave(ctx, customer, s.fetch, change)
}

// fetch is the usual fetchFunc. It fails with subscription.ErrUnknownCustomer or
// subscription.ErrUnavailable.
func (s *Service) fetch(ctx context.Context, r subscription.Record) (subscription.Snapshot, error) {
	snapshot, err := s.config.Payments.Fetch(ctx, r.Customer)
	return snapshot, wrap("fetching the subscription", err)
}

// fetchAfterWebhook is the fetchFunc after a webhook. The webhook proves that the payments
// provider knew the customer. If the provider does not know the customer now, the customer
// was deleted there, which has ended a live subscription.
func (s *Service) fetchAfterWebhook(ctx context.Context, r subscription.Record) (subscription.Snapshot, error) {
	now := s.config.Clock.Now()
	snapshot, err := s.fetch(ctx, r)
	if errors.Is(err, subscription.ErrUnknownCustomer) && r.Snapshot.Live() {
		return r.Snapshot.Deleted(now), nil
	}
	return snapshot, err
}

// fetchAndSave reads the record of a customer, fetches the snapshot, updates the record with
// it, applies change, and saves the record. It returns the saved record, but with the
// version from before the save.
//
// The save fails when another request has saved the record since it was read. fetchAndSave
// then starts again. So a snapshot is only replaced by one that was fetched later. The order
// in which webhooks arrive does not matter.
//
// fetchAndSave fails with subscription.ErrUnknownCustomer when no record has the customer or
// the provider does not know the customer, with subscription.ErrUnavailable, with
// user.ErrNotFound when the account was erased, and with subscription.ErrStale after
// syncAttempts failed saves.
func (s *Service) fetchAndSave(
	ctx context.Context, customer string, fetch fetchFunc, change recordChange,
) (subscription.Record, error) {
	for range syncAttempts {
		r, err := s.config.Subscriptions.Find(ctx, customer)
		if err != nil {
			return r, fmt.Errorf("finding the customer: %w", err)
		}
		snapshot, err := fetch(ctx, r)
		if err != nil {
			return r, err
		}
		r = change(r.Update(snapshot))
		err = s.config.Subscriptions.Save(ctx, r, r.Snapshot.ProUntil(s.config.Plans.Grace))
		if !errors.Is(err, subscription.ErrStale) {
			return r, wrap("saving the subscription", err)
		}
	}
	err := fmt.Errorf("saving the subscription, %d attempts: %w", syncAttempts, subscription.ErrStale)
	return subscription.Record{}, err
}
