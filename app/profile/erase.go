package profile

import (
	"context"
	"errors"
	"fmt"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// pageOf is how many rooms are listed at a time.
const pageOf = 1000

// Erase ends a subscription with its period and then takes the account with all
// that is kept of it, for good. It fails with subscription.ErrUnavailable,
// nothing erased, when the payments company cannot be asked, and as Me does.
//
// The day's count goes with the account. What its number has spent of the limits
// stays until their windows are over, within a day: erasing must win no new codes.
//
// A page to pay at may be opened meanwhile, and is closed once the account is gone.
// unclosed is why it may not be: nobody is left to try again, so that somebody has to look.
func (p *Profile) Erase(ctx context.Context, who id.ID) (unclosed, err error) {
	if err := p.unsubscribe(ctx, who); err != nil {
		return nil, err
	}
	rooms, err := p.all(ctx, who)
	if err != nil {
		return nil, err
	}
	last, err := p.subscriptions.Get(ctx, who)
	if err != nil {
		return nil, fmt.Errorf("reading the subscription again: %w", err)
	}
	if err := p.eraser.Erase(ctx, who); err != nil {
		return nil, gone("erasing the account", err)
	}
	ctx = context.WithoutCancel(ctx)
	_ = p.live.Delete(ctx, rooms...) // it forgets by itself in time, and who waits looks again in any case
	if err := p.end(ctx, last); err != nil {
		return fmt.Errorf("closing the pages of customer %s: %w", last.Customer, err), nil
	}
	return nil, nil
}

// all is every room of a user's.
func (p *Profile) all(ctx context.Context, who id.ID) (rooms []chat.Room, err error) {
	var after *ports.Place
	for {
		page, err := p.rooms.List(ctx, who, after, pageOf)
		if err != nil {
			return nil, fmt.Errorf("listing rooms: %w", err)
		}
		rooms = append(rooms, page...)
		if len(page) < pageOf {
			return rooms, nil
		}
		last := page[len(page)-1]
		after = &ports.Place{Updated: last.Updated, ID: last.ID}
	}
}

// unsubscribe has the company charge no more, where it knows the user.
func (p *Profile) unsubscribe(ctx context.Context, who id.ID) error {
	r, err := p.subscriptions.Get(ctx, who)
	if err != nil {
		return fmt.Errorf("reading the subscription: %w", err)
	}
	return p.end(ctx, r)
}

// end closes the pages where a customer could pay, and has what was paid for end with its period.
func (p *Profile) end(ctx context.Context, r subscription.Record) error {
	if r.Customer == "" {
		return nil
	}
	err := p.payments.CancelAtPeriodEnd(ctx, r.Customer, true)
	if errors.Is(err, subscription.ErrUnknown) || errors.Is(err, subscription.ErrNotSubscribed) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("ending the subscription: %w", err)
	}
	return nil
}
