// Package profile shows users what is kept of them and lets them change or erase it.
package profile

import (
	"context"
	"errors"
	"fmt"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/text"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// Profile is the use cases of this package.
type Profile struct {
	users         ports.Users
	usage         ports.Usage
	eraser        ports.Eraser
	rooms         ports.Rooms
	live          ports.Live
	subscriptions ports.Subscriptions
	payments      ports.Payments
	clock         ports.Clock
	plans         subscription.Plans
}

// New returns the use cases over their ports.
func New(users ports.Users, usage ports.Usage, eraser ports.Eraser, rooms ports.Rooms, live ports.Live,
	subscriptions ports.Subscriptions, payments ports.Payments, clock ports.Clock, plans subscription.Plans) *Profile {
	return &Profile{users, usage, eraser, rooms, live, subscriptions, payments, clock, plans}
}

// Me is a user with the plan that holds now and what was sent today.
type Me struct {
	User user.User
	Plan subscription.Plan
	Used int
}

// Me shows who is logged in. It fails with session.ErrBadToken when the account is gone.
func (p *Profile) Me(ctx context.Context, who id.ID) (Me, error) {
	u, err := p.users.Get(ctx, who)
	if err != nil {
		return Me{}, gone("reading the account", err)
	}
	now := p.clock.Now()
	used, err := p.usage.Used(ctx, who, quota.DayOf(now))
	if err != nil {
		return Me{}, fmt.Errorf("counting today's messages: %w", err)
	}
	return Me{u, p.plans.For(u.ProUntil, now), used}, nil
}

// Rename changes the name. It fails with its rule, or as Me does.
func (p *Profile) Rename(ctx context.Context, who id.ID, name string) (Me, error) {
	name, err := text.Name(name)
	if err != nil {
		return Me{}, err
	}
	if err := p.users.Rename(ctx, who, name); err != nil {
		return Me{}, gone("renaming the account", err)
	}
	return p.Me(ctx, who)
}

// gone makes of a missing account what it means to its token.
func gone(doing string, err error) error {
	if errors.Is(err, user.ErrNotFound) {
		err = session.ErrBadToken
	}
	return fmt.Errorf("%s: %w", doing, err)
}
