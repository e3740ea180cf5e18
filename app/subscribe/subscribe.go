// Package subscribe sells the paid plan and keeps what it entitles to in step
// with the payments company: whatever a webhook says, the state is fetched.
package subscribe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// Subscribe is the use cases of this package.
type Subscribe struct {
	payments      ports.Payments
	webhooks      ports.Webhooks
	subscriptions ports.Subscriptions
	ledger        ports.Ledger
	usage         ports.Usage
	limiter       ports.Limiter
	clock         ports.Clock
	plans         subscription.Plans
	pages         func() Pages
}

// New returns the use cases over their ports. pages is asked at each use, since
// a program may learn its own address late.
func New(payments ports.Payments, webhooks ports.Webhooks, subscriptions ports.Subscriptions, ledger ports.Ledger,
	usage ports.Usage, limiter ports.Limiter, clock ports.Clock, plans subscription.Plans, pages func() Pages) *Subscribe {
	return &Subscribe{payments, webhooks, subscriptions, ledger, usage, limiter, clock, plans, pages}
}

// Checkout returns the URL where who can pay for Pro, and from where the company
// leads back to the pages that are asked for. It fails with the rule of a page
// that is not allowed, with subscription.ErrAlreadyPro while a subscription
// lives, with fault.RateLimited, and with subscription.ErrUnavailable.
func (s *Subscribe) Checkout(ctx context.Context, who id.ID, asked Returns) (url string, err error) {
	if err := s.admit(ctx, who); err != nil {
		return "", err
	}
	pages, err := s.pages().returns(asked)
	if err != nil {
		return "", err
	}
	r, err := s.customer(ctx, who)
	if err != nil {
		return "", err
	}
	if r.Snapshot.Live() {
		return "", subscription.ErrAlreadyPro
	}
	url, err = s.payments.Checkout(ctx, ports.Order{Customer: r.Customer, Plan: s.plans.Pro, SuccessURL: pages.Success, CancelURL: pages.Cancel})
	if err != nil {
		return "", fmt.Errorf("making the checkout: %w", err)
	}
	if err := s.remains(ctx, r); err != nil {
		return "", err
	}
	return url, nil
}

// remains fails with session.ErrBadToken, the page that was just made closed, for one
// who was erased meanwhile: nobody is to pay for an account that is gone.
func (s *Subscribe) remains(ctx context.Context, r subscription.Record) error {
	now, err := s.subscriptions.Get(ctx, r.User)
	if err != nil || now.Customer != "" {
		return wrap("reading the subscription again", err)
	}
	err = s.payments.CancelAtPeriodEnd(context.WithoutCancel(ctx), r.Customer, true)
	if err != nil && !errors.Is(err, subscription.ErrNotSubscribed) && !errors.Is(err, subscription.ErrUnknown) {
		return fmt.Errorf("closing the page of one who was erased: %w", err)
	}
	return session.ErrBadToken
}

// customer is the record of a user who is to be shown a page to pay at, in step
// with the payments company, where the user is named first, and anew should the
// company have forgotten the name.
func (s *Subscribe) customer(ctx context.Context, who id.ID) (subscription.Record, error) {
	r, err := s.subscriptions.Get(ctx, who)
	if err != nil {
		return r, fmt.Errorf("reading the subscription: %w", err)
	}
	if r.Customer != "" {
		if r, err := s.sync(ctx, r.Customer, s.opened); !errors.Is(err, subscription.ErrUnknown) {
			return r, erased(err)
		}
	}
	if r.Customer, err = s.payments.Customer(ctx, who); err != nil {
		return r, fmt.Errorf("making the customer: %w", err)
	}
	err = s.subscriptions.Save(ctx, s.opened(r), r.Snapshot.ProUntil(s.plans.Grace))
	if err != nil && !errors.Is(err, subscription.ErrStale) { // stale: kept by another request meanwhile, under the same name
		return r, fmt.Errorf("keeping the customer: %w", erased(err))
	}
	r, err = s.sync(ctx, r.Customer, s.opened)
	return r, erased(err)
}

// erased makes of a user who went meanwhile one whose token is worth nothing.
func erased(err error) error {
	if errors.Is(err, user.ErrNotFound) {
		return session.ErrBadToken
	}
	return err
}

// opened and unchanged are what befalls a record beside what the company says.
func (s *Subscribe) opened(r subscription.Record) subscription.Record { return r.Opened(s.clock.Now()) }

func unchanged(r subscription.Record) subscription.Record { return r }

// Status is a user's subscription and what the plan leaves of today.
type Status struct {
	subscription.State
	Plan   subscription.Plan
	Used   int
	Resets time.Time
}

// Status tells what was last heard of a user's subscription.
func (s *Subscribe) Status(ctx context.Context, who id.ID) (Status, error) {
	r, err := s.subscriptions.Get(ctx, who)
	if err != nil {
		return Status{}, fmt.Errorf("reading the subscription: %w", err)
	}
	now := s.clock.Now()
	today := quota.DayOf(now)
	used, err := s.usage.Used(ctx, who, today)
	if err != nil {
		return Status{}, fmt.Errorf("counting today's messages: %w", err)
	}
	plan := s.plans.For(r.Snapshot.ProUntil(s.plans.Grace), now)
	return Status{subscription.StateOf(r.Snapshot, s.plans, now), plan, used, today.Ends()}, nil
}

// Schedule ends the subscription with its period, or takes that back. It fails
// with subscription.ErrNotSubscribed, fault.RateLimited or subscription.ErrUnavailable.
func (s *Subscribe) Schedule(ctx context.Context, who id.ID, cancel bool) (Status, error) {
	if err := s.admit(ctx, who); err != nil {
		return Status{}, err
	}
	customer, err := s.subscriber(ctx, who)
	if err != nil {
		return Status{}, err
	}
	if err := s.payments.CancelAtPeriodEnd(ctx, customer, cancel); err != nil {
		return Status{}, fmt.Errorf("changing the subscription: %w", forgotten(err))
	}
	if _, err := s.sync(ctx, customer, unchanged); err != nil {
		return Status{}, erased(forgotten(err))
	}
	return s.Status(ctx, who)
}

// Portal returns the URL where a subscriber manages payment, and from where the
// company leads back to the page that is asked for, "" for the usual one. It
// fails with that page's rule, and as Schedule does.
func (s *Subscribe) Portal(ctx context.Context, who id.ID, asked string) (url string, err error) {
	if err := s.admit(ctx, who); err != nil {
		return "", err
	}
	pages := s.pages()
	account, refused := pages.instead(pages.Account, asked, accountField)
	if refused != nil {
		return "", refused
	}
	customer, err := s.subscriber(ctx, who)
	if err != nil {
		return "", err
	}
	url, err = s.payments.Portal(ctx, customer, account)
	return url, wrap("opening the portal", forgotten(err))
}

// forgotten makes of a customer the company no longer knows one who has no subscription.
func forgotten(err error) error {
	if errors.Is(err, subscription.ErrUnknown) {
		return subscription.ErrNotSubscribed
	}
	return err
}

func (s *Subscribe) subscriber(ctx context.Context, who id.ID) (string, error) {
	r, err := s.subscriptions.Get(ctx, who)
	if err != nil {
		return "", fmt.Errorf("reading the subscription: %w", err)
	}
	if r.Snapshot.ID == "" {
		return "", subscription.ErrNotSubscribed
	}
	return r.Customer, nil
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
