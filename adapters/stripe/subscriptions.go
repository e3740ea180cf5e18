package stripe

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	sdk "github.com/stripe/stripe-go/v76"

	"github.com/kuvaka-tech/parley/core/subscription"
)

// pages of 100 subscriptions each are the most that one customer can have.
const pages = 100

// Fetch implements ports.Payments.
func (a *Account) Fetch(ctx context.Context, customer string) (subscription.Snapshot, error) {
	ctx, cancel := bound(ctx)
	defer cancel()
	at := a.config.Clock.Now()
	subs, err := a.subscriptions(ctx, customer)
	if err != nil {
		return subscription.Snapshot{}, err
	}
	var all []subscription.Snapshot
	for _, s := range subs {
		all = append(all, s.snapshot())
	}
	best := subscription.Best(all...)
	best.At = at
	return best, nil
}

// CancelAtPeriodEnd implements ports.Payments; of several live subscriptions it
// changes each. Who cancels can pay on no page that is still open.
func (a *Account) CancelAtPeriodEnd(ctx context.Context, customer string, cancel bool) error {
	ctx, release := bound(ctx)
	defer release()
	if cancel {
		if err := a.closeAll(ctx, customer); err != nil {
			return err
		}
	}
	subs, err := a.subscriptions(ctx, customer)
	if err != nil {
		return err
	}
	changed := error(subscription.ErrNotSubscribed)
	for _, s := range subs {
		if !s.live() {
			continue
		}
		err := a.schedule(ctx, s, cancel)
		if err != nil && !missing(err) { // one that ended meanwhile is missing
			return err
		}
		if err == nil {
			changed = nil
		}
	}
	return changed
}

// schedule sets or clears the end of a subscription, which has one of two forms:
// the portal gives a time to what is billed flexibly
// (docs.stripe.com/billing/subscriptions/billing-mode/compare).
func (a *Account) schedule(ctx context.Context, s object, cancel bool) error {
	if s.ends() == cancel {
		return nil
	}
	p := &sdk.SubscriptionParams{}
	if !cancel && !s.CancelAtPeriodEnd {
		p.AddExtra("cancel_at", "")
	} else {
		p.CancelAtPeriodEnd = &cancel
	}
	_, err := a.call(ctx, http.MethodPost, sdk.FormatURLPath("/v1/subscriptions/%s", s.ID), p)
	return err
}

// subscriptions are all that the customer ever had. Stripe lists those of a
// deleted customer, too, none of which lives: it is unknown all the same.
func (a *Account) subscriptions(ctx context.Context, customer string) ([]object, error) {
	all, err := a.list(ctx, customer)
	if err != nil || slices.ContainsFunc(all, object.live) {
		return all, err
	}
	alive, err := a.alive(ctx, customer)
	if err == nil && alive == "" {
		err = fmt.Errorf("asking Stripe for a customer: %w", subscription.ErrUnknown)
	}
	return all, err
}

// list is subscriptions of a customer who is known not to be deleted.
func (a *Account) list(ctx context.Context, customer string) (all []object, err error) {
	p := &sdk.SubscriptionListParams{Customer: &customer, Status: new("all"), ListParams: sdk.ListParams{Limit: new(int64(100))}}
	for range pages {
		page, err := a.call(ctx, http.MethodGet, "/v1/subscriptions", p)
		all = append(all, page.Data...)
		if err != nil || !page.HasMore || len(page.Data) == 0 {
			return all, err
		}
		p.StartingAfter = &all[len(all)-1].ID
	}
	return nil, fmt.Errorf("listing subscriptions, %d pages: %w", pages, subscription.ErrUnavailable)
}
