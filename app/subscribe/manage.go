package subscribe

import (
	"context"
	"fmt"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// SetCancelAtPeriodEnd cancels the subscription at the end of its period, or takes the
// cancellation back if cancel is false. It returns the new overview. It fails with
// subscription.ErrNotSubscribed, fault.ErrRateLimited, subscription.ErrUnavailable, and with
// session.ErrBadToken when the account was erased.
func (s *Service) SetCancelAtPeriodEnd(ctx context.Context, userID id.ID, cancel bool) (Overview, error) {
	if err := s.limitUser(ctx, userID); err != nil {
		return Overview{}, err
	}
	customer, err := s.subscriber(ctx, userID)
	if err != nil {
		return Overview{}, err
	}
	if err := s.config.Payments.CancelAtPeriodEnd(ctx, customer, cancel); err != nil {
		return Overview{}, fmt.Errorf("changing the subscription: %w", replaceUnknownCustomer(err))
	}
	if _, err := s.sync(ctx, customer, noChange); err != nil {
		return Overview{}, session.BadTokenIfErased(replaceUnknownCustomer(err))
	}
	return s.Overview(ctx, userID)
}

// Portal returns the URL of a page where a user manages the subscription. The page links
// back to returnURL, or to the default page if returnURL is "". Portal fails with an error
// of the kind fault.Invalid when returnURL is not allowed, and with
// subscription.ErrNotSubscribed, fault.ErrRateLimited or subscription.ErrUnavailable.
func (s *Service) Portal(ctx context.Context, userID id.ID, returnURL string) (pageURL string, err error) {
	if err := s.limitUser(ctx, userID); err != nil {
		return "", err
	}
	pages := s.config.ReturnPages()
	account, refusal := pages.chooseOne(accountField, returnURL, pages.Account)
	if refusal != nil {
		return "", refusal
	}
	customer, err := s.subscriber(ctx, userID)
	if err != nil {
		return "", err
	}
	pageURL, err = s.config.Payments.Portal(ctx, customer, account)
	return pageURL, wrap("opening the portal", replaceUnknownCustomer(err))
}

// subscriber returns the customer id of a user who has a subscription, live or ended. It
// fails with subscription.ErrNotSubscribed for a user without one.
func (s *Service) subscriber(ctx context.Context, userID id.ID) (customer string, err error) {
	r, err := s.config.Subscriptions.Get(ctx, userID)
	if err != nil {
		return "", fmt.Errorf("reading the subscription: %w", err)
	}
	if r.Snapshot.ID == "" {
		return "", subscription.ErrNotSubscribed
	}
	return r.Customer, nil
}

// replaceUnknownCustomer replaces subscription.ErrUnknownCustomer by
// subscription.ErrNotSubscribed: a customer that was deleted at the payments provider has no
// subscription any more.
func replaceUnknownCustomer(err error) error {
	return fault.Replace(err, subscription.ErrUnknownCustomer, subscription.ErrNotSubscribed)
}
