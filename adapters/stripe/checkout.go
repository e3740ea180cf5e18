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

// pageLife is how long a checkout can be paid: Stripe's least, 30 minutes, and
// some for clocks that differ and for tries that take long
// (docs.stripe.com/api/checkout/sessions/create#create_checkout_session-expires_at).
const pageLife = 35 * time.Minute

const checkouts = "/v1/checkout/sessions"

// Checkout implements ports.Payments. Stripe would let a customer pay on each of
// several pages and subscribe twice, so only the newest stays open; calls at once
// share it. When a subscription lives it fails with subscription.ErrAlreadyPro,
// asking last, when what was paid on another page is there to be seen.
func (a *Account) Checkout(ctx context.Context, o ports.Order) (url string, err error) {
	ctx, cancel := bound(ctx)
	defer cancel()
	if _, err := a.call(ctx, http.MethodPost, checkouts, a.session(o)); err != nil {
		return "", err
	}
	page, err := a.newest(ctx, o.Customer)
	if err != nil {
		return "", err
	}
	subs, err := a.list(ctx, o.Customer)
	switch {
	case err != nil:
		return "", err
	case slices.ContainsFunc(subs, object.live):
		return "", subscription.ErrAlreadyPro // nobody knows the new page
	case page.URL == "":
		return "", fmt.Errorf("opening a checkout: %w (it was closed at once)", subscription.ErrUnavailable)
	}
	return page.URL, nil
}

// session asks for a page where the order can be paid.
func (a *Account) session(o ports.Order) *sdk.CheckoutSessionParams {
	item := &sdk.CheckoutSessionLineItemParams{Quantity: new(int64(1))}
	if a.config.PriceID != "" {
		item.Price = &a.config.PriceID
	} else {
		item.PriceData = &sdk.CheckoutSessionLineItemPriceDataParams{
			Currency: &o.Plan.Currency, UnitAmount: &o.Plan.Cents,
			ProductData: &sdk.CheckoutSessionLineItemPriceDataProductDataParams{Name: &o.Plan.Name},
			Recurring:   &sdk.CheckoutSessionLineItemPriceDataRecurringParams{Interval: new("month")},
		}
	}
	return &sdk.CheckoutSessionParams{
		Mode: new(string(sdk.CheckoutSessionModeSubscription)), Customer: &o.Customer,
		SuccessURL: &o.SuccessURL, CancelURL: &o.CancelURL, ExpiresAt: new(a.config.Clock.Now().Add(pageLife).Unix()),
		LineItems: []*sdk.CheckoutSessionLineItemParams{item},
	}
}

// closeAll leaves the customer no page to pay on.
func (a *Account) closeAll(ctx context.Context, customer string) error {
	open, err := a.open(ctx, customer)
	if err != nil {
		return err
	}
	for _, page := range open.Data {
		if err := a.expire(ctx, page); err != nil {
			return err
		}
	}
	return nil
}

// open lists the customer's open pages, the newest first.
func (a *Account) open(ctx context.Context, customer string) (object, error) {
	return a.call(ctx, http.MethodGet, checkouts, &sdk.CheckoutSessionListParams{
		ListParams: sdk.ListParams{Limit: new(int64(100))}, Customer: &customer, Status: new("open"),
	})
}

// newest closes all of the customer's open pages but the newest, which it returns; none when none is open.
func (a *Account) newest(ctx context.Context, customer string) (object, error) {
	for range 3 { // a page may be opened, or paid, meanwhile
		open, err := a.open(ctx, customer)
		if err != nil || len(open.Data) == 0 {
			return object{}, err
		}
		if len(open.Data) == 1 {
			return open.Data[0], nil
		}
		for _, older := range open.Data[1:] {
			if err := a.expire(ctx, older); err != nil {
				return object{}, err
			}
		}
	}
	return object{}, fmt.Errorf("closing older checkouts: %w", subscription.ErrUnavailable)
}

// expire closes a page. One that is not open any more is no failure.
func (a *Account) expire(ctx context.Context, page object) error {
	_, err := a.call(ctx, http.MethodPost, sdk.FormatURLPath(checkouts+"/%s/expire", page.ID), &sdk.CheckoutSessionExpireParams{})
	if refused(err) != nil {
		return nil
	}
	return err
}

// Portal implements ports.Payments.
func (a *Account) Portal(ctx context.Context, customer, returnURL string) (url string, err error) {
	ctx, cancel := bound(ctx)
	defer cancel()
	page, err := a.call(ctx, http.MethodPost, "/v1/billing_portal/sessions", &sdk.BillingPortalSessionParams{
		Customer: &customer, ReturnURL: &returnURL,
	})
	if err == nil && page.URL == "" {
		err = fmt.Errorf("opening the portal: %w", subscription.ErrUnavailable)
	}
	return page.URL, err
}
