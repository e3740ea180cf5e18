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
// event is returned for the log. What lived of a customer whom the company tells of
// and then does not know has ended. It fails with subscription.ErrSignature; after any
// other failure the company sends the event again.
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
		if _, err := s.keep(ctx, e.Customer, s.askTold); err != nil && !errors.Is(err, subscription.ErrUnknown) {
			return e, err
		}
	}
	return e, wrap("marking the event", s.ledger.Applied(ctx, e.ID, s.clock.Now()))
}

// sync fetches a customer's subscription and keeps it, with what else befell the
// record, which it returns under the version before.
func (s *Subscribe) sync(ctx context.Context, customer string, befell ...func(subscription.Record) subscription.Record) (subscription.Record, error) {
	return s.keep(ctx, customer, s.ask, befell...)
}

// ask fetches what the company says of a customer.
func (s *Subscribe) ask(ctx context.Context, r subscription.Record) (subscription.Snapshot, error) {
	said, err := s.payments.Fetch(ctx, r.Customer)
	return said, wrap("fetching the subscription", err)
}

// askTold is ask after the company has told of the customer. It knew them, so that
// one unknown now was deleted there, which ends what they had at once.
func (s *Subscribe) askTold(ctx context.Context, r subscription.Record) (subscription.Snapshot, error) {
	now := s.clock.Now()
	said, err := s.ask(ctx, r)
	if !errors.Is(err, subscription.ErrUnknown) || !r.Snapshot.Live() {
		return said, err
	}
	ended := r.Snapshot
	ended.Status, ended.Ended, ended.At = subscription.Canceled, now, now
	return ended, nil
}

// keep is sync with a way to ask. Saving against the version read before asking
// serialises the customer: what is kept was fetched after what it replaces. A
// customer whom the records do not name, or no more, is subscription.ErrUnknown.
func (s *Subscribe) keep(ctx context.Context, customer string, ask func(context.Context, subscription.Record) (subscription.Snapshot, error),
	befell ...func(subscription.Record) subscription.Record) (subscription.Record, error) {
	for range syncTries {
		r, err := s.subscriptions.Find(ctx, customer)
		if err != nil {
			return r, fmt.Errorf("finding the customer: %w", err)
		}
		said, err := ask(ctx, r)
		if err != nil {
			return r, err
		}
		r = r.Heard(said)
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
