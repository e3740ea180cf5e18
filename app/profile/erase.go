package profile

import (
	"context"
	"errors"
	"fmt"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// told bounds how many rooms' followers are told of an erasure: those used last.
const told = 100

// Erase ends a subscription with its period and then takes the account with all
// that is kept of it, for good. It fails with subscription.ErrUnavailable,
// nothing erased, when the payments company cannot be asked, and as Me does.
//
// The day's count goes with the account. What its number has spent of the limits
// stays until their windows are over, within a day: erasing must win no new codes.
func (p *Profile) Erase(ctx context.Context, who id.ID) error {
	if err := p.unsubscribe(ctx, who); err != nil {
		return err
	}
	rooms, err := p.rooms.List(ctx, who, nil, told)
	if err != nil {
		return fmt.Errorf("listing rooms: %w", err)
	}
	if err := p.eraser.Erase(ctx, who); err != nil {
		return gone("erasing the account", err)
	}
	p.tell(context.WithoutCancel(ctx), rooms)
	return nil
}

// unsubscribe has the company charge no more, where it knows the user.
func (p *Profile) unsubscribe(ctx context.Context, who id.ID) error {
	r, err := p.subscriptions.Get(ctx, who)
	if err != nil {
		return fmt.Errorf("reading the subscription: %w", err)
	}
	if r.Customer == "" {
		return nil
	}
	err = p.payments.CancelAtPeriodEnd(ctx, r.Customer, true)
	if errors.Is(err, subscription.ErrUnknown) || errors.Is(err, subscription.ErrNotSubscribed) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("ending the subscription: %w", err)
	}
	return nil
}

// tell has whoever waits for an answer look again.
func (p *Profile) tell(ctx context.Context, rooms []chat.Room) {
	for _, r := range rooms {
		_ = p.live.Announce(ctx, r.ID, r.Rev+1) // they look again in any case
	}
}
