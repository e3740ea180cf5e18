package subscribe

import (
	"context"
	"errors"
	"fmt"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// Checkout returns the URL of a page where the user can pay for Pro. From there, the user
// returns to the URLs in requested or to the default pages. Checkout fails with
//   - an error of the kind fault.Invalid when a URL is not allowed,
//   - subscription.ErrAlreadyPro when the user has a live subscription,
//   - fault.ErrRateLimited,
//   - subscription.ErrUnavailable,
//   - session.ErrBadToken when the account was erased.
func (s *Service) Checkout(ctx context.Context, userID id.ID, requested ReturnURLs) (pageURL string, err error) {
	if err := s.limitUser(ctx, userID); err != nil {
		return "", err
	}
	urls, err := s.config.ReturnPages().choose(requested)
	if err != nil {
		return "", err
	}
	r, err := s.syncedCustomer(ctx, userID)
	if err != nil {
		return "", err
	}
	if r.Snapshot.Live() {
		return "", subscription.ErrAlreadyPro
	}
	pageURL, err = s.config.Payments.Checkout(ctx, ports.Order{
		Customer:   r.Customer,
		Plan:       s.config.Plans.Pro,
		SuccessURL: urls.Success,
		CancelURL:  urls.Cancel,
	})
	if errors.Is(err, subscription.ErrUnknownCustomer) {
		return "", s.explainUnknown(ctx, r, err)
	}
	if err != nil {
		return "", fmt.Errorf("opening the checkout page: %w", err)
	}
	if err := s.checkNotErased(ctx, r); err != nil {
		return "", err
	}
	return pageURL, nil
}

// explainUnknown returns the error of a checkout whose customer was deleted at the provider while the page
// was opened: session.ErrBadToken if the account was erased. Otherwise the next request creates
// another customer, so it returns subscription.ErrUnavailable.
func (s *Service) explainUnknown(ctx context.Context, r subscription.Record, err error) error {
	if erased := s.checkNotErased(ctx, r); erased != nil {
		return erased
	}
	return fmt.Errorf("%w: %w", subscription.ErrUnavailable, err)
}

// checkNotErased fails with session.ErrBadToken when the account was erased while the new checkout
// page was opened. The customer is then deleted, so that nobody pays for an account that does
// not exist.
func (s *Service) checkNotErased(ctx context.Context, r subscription.Record) error {
	stored, err := s.config.Subscriptions.Get(ctx, r.User)
	if err != nil || stored.Customer != "" {
		return wrap("reading the subscription again", err)
	}
	return s.deleteLater(ctx, r.Customer)
}

// deleteLater adds the customer of an erased account to the outbox. It fails with
// session.ErrBadToken, or with the error of the store.
func (s *Service) deleteLater(ctx context.Context, customer string) error {
	if err := s.config.CustomerDeletions.Add(context.WithoutCancel(ctx), customer); err != nil {
		return fmt.Errorf("adding the customer of an erased account to the outbox: %w", err)
	}
	return session.ErrBadToken
}

// syncedCustomer returns the record of a user who opens a checkout page, synced with the
// payments provider. It creates the customer if the user is not a customer yet or the
// provider does not know the customer any more. It fails with session.ErrBadToken when the
// account was erased.
func (s *Service) syncedCustomer(ctx context.Context, userID id.ID) (subscription.Record, error) {
	r, err := s.config.Subscriptions.Get(ctx, userID)
	if err != nil {
		return r, fmt.Errorf("reading the subscription: %w", err)
	}
	if r.Customer != "" {
		synced, err := s.sync(ctx, r.Customer, s.checkoutOpened)
		if !errors.Is(err, subscription.ErrUnknownCustomer) {
			return synced, session.BadTokenIfErased(err)
		}
	}
	if r.Customer, err = s.config.Payments.Customer(ctx, userID); err != nil {
		return r, fmt.Errorf("creating the customer: %w", err)
	}
	err = s.config.Subscriptions.Save(ctx, s.checkoutOpened(r), r.Snapshot.ProUntil(s.config.Plans.Grace))
	switch {
	case errors.Is(err, user.ErrNotFound):
		return r, s.deleteLater(ctx, r.Customer)
	case err != nil && !errors.Is(err, subscription.ErrStale): // stale: a concurrent request has saved it
		return r, fmt.Errorf("saving the customer: %w", err)
	}
	synced, err := s.sync(ctx, r.Customer, s.checkoutOpened)
	if errors.Is(err, subscription.ErrUnknownCustomer) {
		return r, s.explainUnknown(ctx, r, err)
	}
	return synced, session.BadTokenIfErased(err)
}

// checkoutOpened is the recordChange of a request that opens a checkout page.
func (s *Service) checkoutOpened(r subscription.Record) subscription.Record {
	return r.CheckoutOpened(s.config.Clock.Now())
}
