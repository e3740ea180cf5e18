package subscribe

import (
	"context"
	"errors"
	"fmt"

	"github.com/kuvaka-tech/parley/core/subscription"
)

// syncTries bounds how often one customer's state is fetched anew because
// another webhook of theirs got in between.
const syncTries = 20

// sync fetches a customer's subscription and keeps it, with what else befell the
// record, which it returns under the version before.
func (s *Subscribe) sync(ctx context.Context, customer string, befell func(subscription.Record) subscription.Record) (subscription.Record, error) {
	return s.keep(ctx, customer, s.ask, befell)
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
	return r.Snapshot.Deleted(now), nil
}

// keep is sync with a way to ask. Saving against the version read before asking
// serialises the customer: what is kept was fetched after what it replaces. A
// customer whom the records do not name is subscription.ErrUnknown, and one who is
// erased meanwhile user.ErrNotFound.
func (s *Subscribe) keep(ctx context.Context, customer string, ask func(context.Context, subscription.Record) (subscription.Snapshot, error),
	befell func(subscription.Record) subscription.Record) (subscription.Record, error) {
	for range syncTries {
		r, err := s.subscriptions.Find(ctx, customer)
		if err != nil {
			return r, fmt.Errorf("finding the customer: %w", err)
		}
		said, err := ask(ctx, r)
		if err != nil {
			return r, err
		}
		r = befell(r.Heard(said))
		err = s.subscriptions.Save(ctx, r, r.Snapshot.ProUntil(s.plans.Grace))
		if !errors.Is(err, subscription.ErrStale) {
			return r, wrap("keeping the subscription", err)
		}
	}
	return subscription.Record{}, fmt.Errorf("keeping the subscription, %d times: %w", syncTries, subscription.ErrStale)
}
