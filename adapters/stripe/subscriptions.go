package stripe

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	sdk "github.com/stripe/stripe-go/v76"

	"github.com/kuvaka-tech/parley/core/subscription"
)

// maxPages limits how many pages, of 100 subscriptions each, are read for one customer.
const maxPages = 100

// Fetch implements ports.Payments. FetchedAt is the time before the first request.
func (p *Payments) Fetch(ctx context.Context, customerID string) (subscription.Snapshot, error) {
	ctx, cancel := withMethodTimeout(ctx)
	defer cancel()
	at := p.config.Clock.Now()
	subs, err := p.customerSubscriptions(ctx, customerID)
	if err != nil {
		return subscription.Snapshot{}, err
	}
	var snapshots []subscription.Snapshot
	for _, s := range subs {
		snapshots = append(snapshots, s.snapshot())
	}
	best := subscription.Best(snapshots...)
	best.FetchedAt = at
	return best, nil
}

// CancelAtPeriodEnd implements ports.Payments. It changes every live subscription of
// the customer.
func (p *Payments) CancelAtPeriodEnd(ctx context.Context, customerID string, cancel bool) error {
	ctx, release := withMethodTimeout(ctx)
	defer release()
	if cancel {
		if err := p.expireOpenSessions(ctx, customerID); err != nil {
			return err
		}
	}
	subs, err := p.customerSubscriptions(ctx, customerID)
	if err != nil {
		return err
	}
	result := error(subscription.ErrNotSubscribed)
	for _, s := range subs {
		if !s.isLive() {
			continue
		}
		err := p.setCancelAtPeriodEnd(ctx, s, cancel)
		if err != nil && !isMissing(err) { // missing: the subscription has ended since it was listed
			return err
		}
		if err == nil {
			result = nil
		}
	}
	return result
}

// setCancelAtPeriodEnd sets or clears the cancellation at the end of the period. Stripe
// has two fields for it: with flexible billing, the portal sets cancel_at instead of
// cancel_at_period_end (docs.stripe.com/billing/subscriptions/billing-mode/compare).
func (p *Payments) setCancelAtPeriodEnd(ctx context.Context, sub object, cancel bool) error {
	if sub.endsWithPeriod() == cancel {
		return nil
	}
	params := &sdk.SubscriptionParams{}
	if !cancel && !sub.CancelAtPeriodEnd {
		params.AddExtra("cancel_at", "")
	} else {
		params.CancelAtPeriodEnd = &cancel
	}
	_, err := p.call(ctx, http.MethodPost, sdk.FormatURLPath("/v1/subscriptions/%s", sub.ID), params)
	return err
}

// customerSubscriptions returns all subscriptions that the customer has or had. It
// fails with subscription.ErrUnknownCustomer when the customer does not exist or was
// deleted. Stripe also lists the subscriptions of a deleted customer, but none of them
// is live. So customerSubscriptions requests the customer only when no subscription is
// live.
func (p *Payments) customerSubscriptions(ctx context.Context, customerID string) ([]object, error) {
	subs, err := p.listSubscriptions(ctx, customerID)
	if err != nil || slices.ContainsFunc(subs, object.isLive) {
		return subs, err
	}
	existing, err := p.existingCustomer(ctx, customerID)
	if err == nil && existing == "" {
		err = fmt.Errorf("reading the customer from Stripe: %w", subscription.ErrUnknownCustomer)
	}
	return subs, err
}

// listSubscriptions returns all subscriptions that a customer has or had, even if the customer was deleted.
func (p *Payments) listSubscriptions(ctx context.Context, customerID string) (subs []object, err error) {
	params := &sdk.SubscriptionListParams{
		Customer:   &customerID,
		Status:     new("all"),
		ListParams: sdk.ListParams{Limit: new(int64(100))},
	}
	for range maxPages {
		page, err := p.call(ctx, http.MethodGet, "/v1/subscriptions", params)
		subs = append(subs, page.Data...)
		if err != nil || !page.HasMore || len(page.Data) == 0 {
			return subs, err
		}
		params.StartingAfter = &subs[len(subs)-1].ID
	}
	return nil, fmt.Errorf("listing subscriptions: %w (more than %d pages)", subscription.ErrUnavailable, maxPages)
}
