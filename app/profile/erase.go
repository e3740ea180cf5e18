package profile

import (
	"context"
	"errors"
	"fmt"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// recentRooms limits how many rooms Erase removes from the live log. The log has only texts of the
// last minute. So all of them are in the rooms that were used last, unless the user has
// asked in more rooms than that at once.
const recentRooms = 1000

// Erase cancels the subscription, which then ends with its period, and deletes the account
// with all its data. It fails with subscription.ErrUnavailable when the payments provider
// cannot be reached, and with session.ErrBadToken when the account was already erased. When
// Erase fails, it has deleted nothing, but it may have cancelled the subscription.
//
// The message count of the day is deleted with the account. The rate limits of the number
// stay until their windows end, within a day. Otherwise an attacker could erase the account
// and sign up again, in order to get new codes.
//
// A checkout page may be opened while Erase runs. So Erase cancels once more after the
// deletion. checkoutErr is the error of that second cancellation. The account is erased
// then, but a page may still be open, and no later request closes it. An operator must
// check.
func (s *Service) Erase(ctx context.Context, userID id.ID) (checkoutErr, err error) {
	if err := s.unsubscribe(ctx, userID); err != nil {
		return nil, err
	}
	recent, err := s.config.Rooms.List(ctx, userID, nil, recentRooms)
	if err != nil {
		return nil, fmt.Errorf("listing the recent rooms: %w", err)
	}
	record, err := s.config.Subscriptions.Get(ctx, userID)
	if err != nil {
		return nil, fmt.Errorf("reading the subscription again: %w", err)
	}
	if err := s.config.Eraser.Erase(ctx, userID); err != nil {
		return nil, fmt.Errorf("erasing the account: %w", session.BadTokenIfErased(err))
	}
	ctx = context.WithoutCancel(ctx)
	// An error is ignored: the live log's TTL removes the texts, and waiting requests poll the store.
	_ = s.config.Live.Delete(ctx, recent...)
	if err := s.cancelSubscription(ctx, record); err != nil {
		return fmt.Errorf("closing the checkout pages of customer %s: %w", record.Customer, err), nil
	}
	return nil, nil
}

// unsubscribe reads the record of a user and calls cancelSubscription.
func (s *Service) unsubscribe(ctx context.Context, userID id.ID) error {
	record, err := s.config.Subscriptions.Get(ctx, userID)
	if err != nil {
		return fmt.Errorf("reading the subscription: %w", err)
	}
	return s.cancelSubscription(ctx, record)
}

// cancelSubscription expires the open checkout pages of a customer and cancels the
// subscription at the end of its period. It succeeds if neither exists.
func (s *Service) cancelSubscription(ctx context.Context, r subscription.Record) error {
	if r.Customer == "" {
		return nil
	}
	err := s.config.Payments.CancelAtPeriodEnd(ctx, r.Customer, true)
	if errors.Is(err, subscription.ErrUnknownCustomer) || errors.Is(err, subscription.ErrNotSubscribed) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cancelling the subscription: %w", err)
	}
	return nil
}
