package stripe_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
	"github.com/kuvaka-tech/parley/core/subscription"
)

const createSessionRoute = "POST /v1/checkout/sessions"

func TestCheckoutExpires(t *testing.T) {
	f := newFixture(t, stripetest.V2023)
	early, late := f.newCustomer(t), f.newCustomer(t)
	earlyPage, latePage := f.openCheckout(t, early), f.openCheckout(t, late)
	f.advance(34 * time.Minute)
	must(t, f.stripe.Pay(earlyPage))
	f.advance(time.Minute)
	if err := f.stripe.Pay(latePage); !errors.Is(err, stripetest.ErrPageNotOpen) {
		t.Errorf("paying after 35 minutes: %v, want ErrPageNotOpen", err)
	}
	must(t, f.stripe.Pay(f.openCheckout(t, late)))
}

// Of several pages of a customer only the newest can be paid. Other customers' pages stay open.
func TestOlderPagesAreClosed(t *testing.T) {
	f := newFixture(t, stripetest.V2023)
	customer := f.newCustomer(t)
	otherCustomersPage := f.openCheckout(t, f.newCustomer(t))
	var pages []string
	for range 5 {
		pages = append(pages, f.openCheckout(t, customer))
	}
	for i, page := range pages {
		if err := f.stripe.Pay(page); (err == nil) != (i == 4) {
			t.Errorf("paying page %d of 0 to 4: %v; only page 4 must be open", i, err)
		}
	}
	must(t, f.stripe.Pay(otherCustomersPage))
}

// After concurrent checkouts one page can be paid. Every caller gets a page or is told to try again.
func TestConcurrentCheckouts(t *testing.T) {
	f := newFixture(t, stripetest.V2023)
	customer := f.newCustomer(t)
	pages := make([]string, 20)
	var calls sync.WaitGroup
	for i := range pages {
		calls.Go(func() {
			var err error
			pages[i], err = f.Checkout(t.Context(), order(customer))
			if err != nil && !errors.Is(err, subscription.ErrUnavailable) {
				t.Errorf("concurrent checkout: %v, want a page or ErrUnavailable", err)
			}
		})
	}
	calls.Wait()
	paid := 0
	for _, page := range pages {
		if page != "" && f.stripe.Pay(page) == nil {
			paid++
		}
	}
	if n := f.stripe.CountSubscriptions(customer); n != 1 || paid != 1 {
		t.Errorf("%d payments and %d subscriptions, want one of each", paid, n)
	}
}

// The retries of a call whose response was lost do not open a second page.
func TestLostResponseOpensOnePage(t *testing.T) {
	f := newFixture(t, stripetest.V2023)
	customer := f.newCustomer(t)
	f.stripe.InjectFault(stripetest.Fault{Route: createSessionRoute, Times: 2, DropResponse: true})
	must(t, f.stripe.Pay(f.openCheckout(t, customer)))
	calls := f.stripe.Calls()
	if calls[createSessionRoute] != 3 || calls["POST /v1/checkout/sessions/{id}/expire"] != 0 {
		t.Errorf("calls = %v, want 3 attempts to open a page and none to expire one", calls)
	}
}

// beforeRequest runs a function once, before the first request whose method and path contain a text.
func (f *fixture) beforeRequest(t *testing.T, match string, do func()) {
	t.Helper()
	next, once := f.config.Transport, sync.Once{}
	f.config.Transport = roundTripFunc(func(r *http.Request) (*http.Response, error) {
		if strings.Contains(r.Method+" "+r.URL.Path, match) {
			once.Do(do)
		}
		return next.RoundTrip(r)
	})
	f.reopen(t)
}

// A customer who pays on one page while the app opens another one pays only once.
func TestPaymentDuringCheckout(t *testing.T) {
	for _, request := range []string{
		createSessionRoute,
		"GET /v1/checkout/sessions",
		"/expire",
		"GET /v1/subscriptions",
	} {
		f := newFixture(t, stripetest.V2023)
		customer := f.newCustomer(t)
		page, declined := f.openCheckout(t, customer), false
		f.beforeRequest(t, request, func() { declined = f.stripe.Pay(page) != nil })
		next, err := f.Checkout(t.Context(), order(customer))
		switch {
		case !declined && (!errors.Is(err, subscription.ErrAlreadyPro) || next != ""):
			t.Errorf("paid before %s: page %q and error %v, want ErrAlreadyPro", request, next, err)
		case declined && err != nil:
			t.Errorf("payment declined before %s: %v, want the next page", request, err)
		case declined:
			must(t, f.stripe.Pay(next))
		}
		if n := f.stripe.CountSubscriptions(customer); n != 1 {
			t.Errorf("paid before %s: %d subscriptions, want 1", request, n)
		}
	}
}

// Checkout fails when its new page expires during the call.
func TestPageExpiresDuringCheckout(t *testing.T) {
	f := newFixture(t, stripetest.V2023)
	customer := f.newCustomer(t)
	f.beforeRequest(t, "GET /v1/checkout/sessions", func() { f.advance(time.Hour) })
	if page, err := f.Checkout(t.Context(), order(customer)); !errors.Is(err, subscription.ErrUnavailable) {
		t.Errorf("checkout = %q, %v; want ErrUnavailable", page, err)
	}
}

func TestSubscribersCannotBuyAgain(t *testing.T) {
	f := newFixture(t, stripetest.V2025)
	customer := f.newSubscriber(t)
	wantAlreadyPro := func(status string) {
		t.Helper()
		page, err := f.Checkout(t.Context(), order(customer))
		if !errors.Is(err, subscription.ErrAlreadyPro) || page != "" {
			t.Errorf("checkout while %s = %q, %v; want ErrAlreadyPro", status, page, err)
		}
	}
	wantAlreadyPro("active")
	must(t, f.CancelAtPeriodEnd(t.Context(), customer, true))
	wantAlreadyPro("cancelled at the end of the period")
	must(t, f.CancelAtPeriodEnd(t.Context(), customer, false))
	must(t, f.failRenewal(customer))
	wantAlreadyPro("past due")
	must(t, f.stripe.CancelNow(customer))
	f.openCheckout(t, customer)
}
