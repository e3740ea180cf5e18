package subscribe

import (
	"context"
	"errors"
	"fmt"

	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// syncTries bounds how often one customer's state is fetched anew because
// another webhook of theirs got in between.
const syncTries = 20

// Receive takes a webhook in. An event is applied once, however often and in
// whatever order it comes; one that means nothing here is taken, too, and the
// event is returned for the log. It fails with subscription.ErrSignature; after
// any other failure the company sends the event again.
func (s *Subscribe) Receive(ctx context.Context, payload []byte, signature string) (ports.Event, error) {
	now := s.clock.Now()
	e, err := s.webhooks.Event(payload, signature, now)
	if err != nil {
		return e, fmt.Errorf("verifying the webhook: %w", err)
	}
	applied, err := s.ledger.Receive(ctx, e.ID, now)
	if err != nil || applied {
		return e, wrap("entering the event", err)
	}
	if e.Customer != "" {
		if _, err := s.sync(ctx, e.Customer); err != nil && !errors.Is(err, subscription.ErrUnknown) {
			return e, err
		}
	}
	return e, wrap("marking the event", s.ledger.Applied(ctx, e.ID, s.clock.Now()))
}

// sync fetches a customer's subscription and keeps it, with what else befell the
// record. Saving against the version read before fetching serialises the customer:
// what is kept was fetched after what it replaces. It returns the record under that version.
func (s *Subscribe) sync(ctx context.Context, customer string, befell ...func(subscription.Record) subscription.Record) (subscription.Record, error) {
	for range syncTries {
		r, err := s.subscriptions.Find(ctx, customer)
		if err != nil {
			return r, fmt.Errorf("finding the customer: %w", err)
		}
		fetched, err := s.payments.Fetch(ctx, customer)
		if err != nil {
			return r, fmt.Errorf("fetching the subscription: %w", err)
		}
		r = r.Heard(fetched)
		for _, f := range befell {
			r = f(r)
		}
		err = s.subscriptions.Save(ctx, r, r.Snapshot.ProUntil(s.plans.Grace))
		if !errors.Is(err, subscription.ErrStale) {
			return r, wrap("keeping the subscription", err)
		}
	}
	return subscription.Record{}, fmt.Errorf("keeping the subscription, %d times: %w", syncTries, subscription.ErrStale)
}
