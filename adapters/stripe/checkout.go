package stripe

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	sdk "github.com/stripe/stripe-go/v76"

	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// checkoutTTL is how long a checkout page can be paid: Stripe's minimum of 30 minutes,
// plus 5 minutes for clock differences and for retries of the call
// (docs.stripe.com/api/checkout/sessions/create#create_checkout_session-expires_at).
const checkoutTTL = 35 * time.Minute

const sessionsPath = "/v1/checkout/sessions"

// Checkout implements ports.Payments. Stripe would let a customer pay on several
// pages and so subscribe twice. Checkout therefore keeps only the newest page open,
// and concurrent calls return the same page.
//
// It fails with subscription.ErrAlreadyPro when the customer has a live subscription.
// It checks this last, so that it notices a payment on an older page during the call.
func (p *Payments) Checkout(ctx context.Context, o ports.Order) (pageURL string, err error) {
	ctx, cancel := withMethodTimeout(ctx)
	defer cancel()
	if _, err := p.call(ctx, http.MethodPost, sessionsPath, p.sessionParams(o)); err != nil {
		return "", err
	}
	session, err := p.keepNewestSession(ctx, o.Customer)
	if err != nil {
		return "", err
	}
	subs, err := p.listSubscriptions(ctx, o.Customer)
	switch {
	case err != nil:
		return "", err
	case slices.ContainsFunc(subs, object.isLive):
		return "", subscription.ErrAlreadyPro // the new page stays open, but nobody gets its URL
	case session.URL == "":
		return "", fmt.Errorf("opening a checkout page: %w (another call closed it)", subscription.ErrUnavailable)
	}
	return session.URL, nil
}

// sessionParams returns the parameters of a checkout session that sells the order.
func (p *Payments) sessionParams(o ports.Order) *sdk.CheckoutSessionParams {
	item := &sdk.CheckoutSessionLineItemParams{Quantity: new(int64(1))}
	if p.config.PriceID != "" {
		item.Price = &p.config.PriceID
	} else {
		item.PriceData = &sdk.CheckoutSessionLineItemPriceDataParams{
			Currency:    &o.Plan.Currency,
			UnitAmount:  &o.Plan.Cents,
			ProductData: &sdk.CheckoutSessionLineItemPriceDataProductDataParams{Name: &o.Plan.Name},
			Recurring:   &sdk.CheckoutSessionLineItemPriceDataRecurringParams{Interval: new("month")},
		}
	}
	return &sdk.CheckoutSessionParams{
		Mode:       new(string(sdk.CheckoutSessionModeSubscription)),
		Customer:   &o.Customer,
		SuccessURL: &o.SuccessURL,
		CancelURL:  &o.CancelURL,
		ExpiresAt:  new(p.config.Clock.Now().Add(checkoutTTL).Unix()),
		LineItems:  []*sdk.CheckoutSessionLineItemParams{item},
	}
}

// openSessions lists the customer's open sessions, newest first.
func (p *Payments) openSessions(ctx context.Context, customerID string) ([]object, error) {
	list, err := p.call(ctx, http.MethodGet, sessionsPath, &sdk.CheckoutSessionListParams{
		ListParams: sdk.ListParams{Limit: new(int64(100))},
		Customer:   &customerID,
		Status:     new("open"),
	})
	return list.Data, err
}

// keepNewestSession expires the customer's open sessions except the newest, and
// returns the newest. It returns a zero object when no session is open. Because
// concurrent calls may open or expire sessions, it lists the sessions again after it has
// expired some. It fails if the third list still has several sessions.
func (p *Payments) keepNewestSession(ctx context.Context, customerID string) (object, error) {
	for range 3 {
		open, err := p.openSessions(ctx, customerID)
		if err != nil || len(open) == 0 {
			return object{}, err
		}
		if len(open) == 1 {
			return open[0], nil
		}
		if err := p.expireSessions(ctx, open[1:]); err != nil {
			return object{}, err
		}
	}
	return object{}, fmt.Errorf("expiring older checkout sessions: %w", subscription.ErrUnavailable)
}

// expireOpenSessions expires all open sessions of the customer.
func (p *Payments) expireOpenSessions(ctx context.Context, customerID string) error {
	open, err := p.openSessions(ctx, customerID)
	if err != nil {
		return err
	}
	return p.expireSessions(ctx, open)
}

// expireSessions expires sessions. A session that is no longer open is not an error.
func (p *Payments) expireSessions(ctx context.Context, sessions []object) error {
	for _, session := range sessions {
		path := sdk.FormatURLPath(sessionsPath+"/%s/expire", session.ID)
		_, err := p.call(ctx, http.MethodPost, path, &sdk.CheckoutSessionExpireParams{})
		if err != nil && permanentError(err) == nil {
			return err
		}
	}
	return nil
}

// Portal implements ports.Payments.
func (p *Payments) Portal(ctx context.Context, customerID, returnURL string) (pageURL string, err error) {
	ctx, cancel := withMethodTimeout(ctx)
	defer cancel()
	session, err := p.call(ctx, http.MethodPost, "/v1/billing_portal/sessions", &sdk.BillingPortalSessionParams{
		Customer:  &customerID,
		ReturnURL: &returnURL,
	})
	if err == nil && session.URL == "" {
		err = fmt.Errorf("opening the portal: %w", subscription.ErrUnavailable)
	}
	return session.URL, err
}
