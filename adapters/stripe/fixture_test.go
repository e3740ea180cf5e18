package stripe_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe"
	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

const (
	secretKey     = "sk_test_canary"
	webhookSecret = "whsec_canary"
	priceID       = "price_pro"
	accountURL    = "https://app.example/account"
)

var (
	apiVersions = []string{stripetest.V2023, stripetest.V2025}
	start       = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
	pro         = plan.Plan{Tier: plan.Pro, Name: "Parley Pro", Cents: 999, Currency: "usd"}
)

// fixture is the adapter under test with a fake Stripe and the clock of both.
type fixture struct {
	*stripe.Payments
	clock  *portstest.ManualClock
	stripe *stripetest.Stripe
	config stripe.Config
}

func newFixture(t testing.TB, version string) *fixture {
	t.Helper()
	f := &fixture{clock: portstest.NewManualClock(start)}
	f.stripe = stripetest.New(stripetest.Config{
		Key:     secretKey,
		Secret:  webhookSecret,
		Price:   priceID,
		Version: version,
		Now:     f.clock.Now,
	})
	server := httptest.NewServer(f.stripe)
	t.Cleanup(server.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	f.config = stripe.Config{
		SecretKey:     secretKey,
		WebhookSecret: webhookSecret,
		BaseURL:       server.URL,
		Clock:         f.clock,
		Transport:     transport,
	}
	f.reopen(t)
	return f
}

// reopen replaces the adapter by one with the current config.
func (f *fixture) reopen(t testing.TB) {
	t.Helper()
	f.Payments = newPayments(t, f.config)
	f.DisableRetryPauses()
}

func newPayments(t testing.TB, config stripe.Config) *stripe.Payments {
	t.Helper()
	p, err := stripe.New(config)
	must(t, err)
	return p
}

// newPaymentsWith returns an adapter that sends its requests through the transport.
func newPaymentsWith(t testing.TB, transport http.RoundTripper) *stripe.Payments {
	t.Helper()
	return newPayments(t, stripe.Config{
		SecretKey:     secretKey,
		WebhookSecret: webhookSecret,
		Clock:         portstest.NewManualClock(start),
		Transport:     transport,
	})
}

// must ends the test if a step that the test depends on has failed.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

// advance moves the clock forward. Stripe then does what has become due.
func (f *fixture) advance(d time.Duration) {
	f.clock.Advance(d)
	f.stripe.ApplyDue()
}

func (f *fixture) advanceToPeriodEnd(customer string) error {
	s, err := f.Fetch(context.Background(), customer)
	f.advance(s.PeriodEnd.Sub(f.clock.Now()))
	return err
}

func (f *fixture) setOutage(on bool) {
	f.stripe.ClearFaults()
	if on {
		f.stripe.InjectFault(stripetest.Fault{Status: http.StatusServiceUnavailable})
	}
}

func newUserID(t testing.TB) id.ID {
	t.Helper()
	userID, err := id.New(start, rand.Reader)
	must(t, err)
	return userID
}

func (f *fixture) newCustomer(t testing.TB) string {
	t.Helper()
	_, customer := f.newUserAndCustomer(t)
	return customer
}

func (f *fixture) newUserAndCustomer(t testing.TB) (id.ID, string) {
	t.Helper()
	userID := newUserID(t)
	customer, err := f.Customer(t.Context(), userID)
	must(t, err)
	return userID, customer
}

func order(customer string) ports.Order {
	return ports.Order{
		Customer:   customer,
		Plan:       pro,
		SuccessURL: "https://app.example/success?a=1&b=2",
		CancelURL:  "https://app.example/cancel",
	}
}

// openCheckout returns the URL of a new checkout page.
func (f *fixture) openCheckout(t testing.TB, customer string) string {
	t.Helper()
	page, err := f.Checkout(t.Context(), order(customer))
	must(t, err)
	return page
}

// newSubscriber returns a customer who has paid.
func (f *fixture) newSubscriber(t testing.TB) string {
	t.Helper()
	customer := f.newCustomer(t)
	must(t, f.stripe.Pay(f.openCheckout(t, customer)))
	return customer
}

func (f *fixture) fetch(t testing.TB, customer string) subscription.Snapshot {
	t.Helper()
	s, err := f.Fetch(t.Context(), customer)
	must(t, err)
	return s
}

// roundTripFunc implements http.RoundTripper with a function.
type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
