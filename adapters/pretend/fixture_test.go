package pretend_test

import (
	"context"
	"crypto/rand"
	"path"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

const (
	day        = 24 * time.Hour
	successURL = "https://app.example/success"
	cancelURL  = "https://app.example/cancel"
	accountURL = "https://app.example/account"
)

var (
	start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	pro   = plan.Plan{Tier: plan.Pro, Name: "Parley Pro", Cents: 999, Currency: "usd"}
)

// fixture is the adapter under test with its clock and with an app that receives its webhooks.
type fixture struct {
	*pretend.Payments
	*portstest.ManualClock
	baseURL string

	mu          sync.Mutex
	deliveries  []portstest.Delivery
	deliveryErr error // what the app responds to webhooks
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{ManualClock: portstest.NewManualClock(start), baseURL: "http://127.0.0.1:8000"}
	f.Payments = newPayments(t, pretend.Config{
		Clock:   f,
		Random:  rand.Reader,
		BaseURL: func() string { return f.baseURL },
		Deliver: f.receive,
	})
	return f
}

func newPayments(t testing.TB, config pretend.Config) *pretend.Payments {
	t.Helper()
	p, err := pretend.New(config)
	must(t, err)
	return p
}

// must ends the test if a step that the test depends on has failed.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

func (f *fixture) advanceToPeriodEnd(customer string) error {
	s, err := f.Fetch(context.Background(), customer)
	f.Advance(s.PeriodEnd.Sub(f.Now()))
	return err
}

// receive is the app's handler of webhooks.
func (f *fixture) receive(_ context.Context, payload []byte, signature string) error {
	at := f.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.deliveries = append(f.deliveries, portstest.Delivery{Payload: payload, Signature: signature, At: at})
	return f.deliveryErr
}

// takeDeliveries delivers the waiting webhooks, and returns all that the app received since the last call.
func (f *fixture) takeDeliveries() []portstest.Delivery {
	f.Flush(context.Background())
	f.mu.Lock()
	defer f.mu.Unlock()
	taken := f.deliveries
	f.deliveries = nil
	return taken
}

func (f *fixture) newCustomer(t testing.TB) string {
	t.Helper()
	userID, err := id.New(start, rand.Reader)
	must(t, err)
	customer, err := f.Customer(t.Context(), userID)
	must(t, err)
	return customer
}

func order(customer string) ports.Order {
	return ports.Order{Customer: customer, Plan: pro, SuccessURL: successURL, CancelURL: cancelURL}
}

// openCheckout returns the URL of a new checkout page.
func (f *fixture) openCheckout(t testing.TB, customer string) string {
	t.Helper()
	page, err := f.Checkout(t.Context(), order(customer))
	must(t, err)
	return page
}

// newCheckoutID returns the id of a new checkout.
func (f *fixture) newCheckoutID(t testing.TB, customer string) string {
	t.Helper()
	return path.Base(f.openCheckout(t, customer))
}

// payAt pays on the checkout page with that URL.
func (f *fixture) payAt(pageURL string) error {
	_, err := f.Pay(path.Base(pageURL))
	return err
}

// newSubscriber returns a customer who has paid.
func (f *fixture) newSubscriber(t testing.TB) string {
	t.Helper()
	customer := f.newCustomer(t)
	must(t, f.payAt(f.openCheckout(t, customer)))
	return customer
}

func (f *fixture) fetch(t testing.TB, customer string) subscription.Snapshot {
	t.Helper()
	s, err := f.Fetch(t.Context(), customer)
	must(t, err)
	return s
}
