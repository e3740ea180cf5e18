package profile

import (
	"context"
	"errors"
	"fmt"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// roomPageSize is how many rooms allRooms reads in one call.
const roomPageSize = 1000

// Erase cancels the subscription, which then ends with its period, and deletes the account
// with all its data. It fails with subscription.ErrUnavailable when the payments provider
// cannot be reached, and with session.ErrBadToken when the account was already erased. When
// Erase fails, it has deleted nothing, but it may have cancelled the subscription.
//
// The message count of the day and the rate limits of the number stay until the day or their
// windows end. Otherwise an attacker could erase the account and sign up again, in order to
// get new messages and new codes.
//
// A checkout page may be opened while Erase runs. So Erase cancels once more after the
// deletion. checkoutErr is the error of that second cancellation. The account is erased
// then, but a page may still be open, and no later request closes it. An operator must
// check.
func (s *Service) Erase(ctx context.Context, userID id.ID) (checkoutErr, err error) {
	if err := s.unsubscribe(ctx, userID); err != nil {
		return nil, err
	}
	rooms, err := s.allRooms(ctx, userID)
	if err != nil {
		return nil, err
	}
	record, err := s.config.Subscriptions.Get(ctx, userID)
	if err != nil {
		return nil, fmt.Errorf("reading the subscription again: %w", err)
	}
	keep, err := s.keepCounts(ctx, userID)
	if err != nil {
		return nil, err
	}
	if err := s.config.Eraser.Erase(ctx, userID, keep); err != nil {
		return nil, fmt.Errorf("erasing the account: %w", session.BadTokenIfErased(err))
	}
	ctx = context.WithoutCancel(ctx)
	// An error is ignored: the live log's TTL removes the texts, and waiting requests poll the store.
	_ = s.config.Live.Delete(ctx, rooms...)
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

// allRooms returns all rooms of a user.
func (s *Service) allRooms(ctx context.Context, userID id.ID) (rooms []chat.Room, err error) {
	var after *ports.RoomCursor
	for {
		page, err := s.config.Rooms.List(ctx, userID, after, roomPageSize)
		if err != nil {
			return nil, fmt.Errorf("listing rooms: %w", err)
		}
		rooms = append(rooms, page.Rooms...)
		if !page.More {
			return rooms, nil
		}
		last := page.Rooms[len(page.Rooms)-1]
		after = &ports.RoomCursor{Updated: last.Updated, ID: last.ID}
	}
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
