package stripe_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe"
	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

const key, secret, price = "sk_test_canary", "whsec_canary", "price_pro"

var (
	versions = []string{stripetest.V2023, stripetest.V2025}
	start    = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
	pro      = subscription.Plan{Tier: subscription.Pro, Name: "Parley Pro", Cents: 999, Currency: "usd"}
)

// world is an account at a Stripe of its own, and their clock.
type world struct {
	*stripe.Account
	company *stripetest.Stripe
	config  stripe.Config

	mu  sync.Mutex
	now time.Time
}

func newWorld(t testing.TB, version string) *world {
	t.Helper()
	w := &world{now: start}
	w.company = stripetest.New(stripetest.Config{Key: key, Secret: secret, Price: price, Version: version, Now: w.Now})
	s := httptest.NewServer(w.company)
	t.Cleanup(s.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	w.config = stripe.Config{SecretKey: key, WebhookSecret: secret, BaseURL: s.URL, Clock: w, Transport: transport}
	w.Account = open(t, w.config)
	w.Hasten()
	return w
}

func open(t testing.TB, c stripe.Config) *stripe.Account {
	t.Helper()
	a, err := stripe.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (w *world) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	w.now = w.now.Add(d)
	w.mu.Unlock()
	w.company.Settle()
}

func (w *world) passPeriod(customer string) error {
	s, err := w.Fetch(context.Background(), customer)
	w.pass(s.PeriodEnd.Sub(w.Now()))
	return err
}

func newUser(t testing.TB) id.ID {
	t.Helper()
	user, err := id.New(start, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return user
}

func (w *world) customer(t testing.TB) string {
	t.Helper()
	customer, err := w.Customer(t.Context(), newUser(t))
	if err != nil {
		t.Fatal(err)
	}
	return customer
}

func order(customer string) ports.Order {
	return ports.Order{Customer: customer, Plan: pro, SuccessURL: "https://app.example/success?a=1&b=2", CancelURL: "https://app.example/cancel"}
}

func (w *world) page(t testing.TB, customer string) (url string) {
	t.Helper()
	url, err := w.Checkout(t.Context(), order(customer))
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// subscriber returns a customer who has paid.
func (w *world) subscriber(t testing.TB) string {
	t.Helper()
	customer := w.customer(t)
	if err := w.company.Pay(w.page(t, customer)); err != nil {
		t.Fatal(err)
	}
	return customer
}

func (w *world) fetch(t testing.TB, customer string) subscription.Snapshot {
	t.Helper()
	s, err := w.Fetch(t.Context(), customer)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (w *world) rig() portstest.PaymentsRig {
	failing := func(customer string) error {
		if err := w.company.FailRenewals(customer); err != nil {
			return err
		}
		return w.passPeriod(customer)
	}
	return portstest.PaymentsRig{
		Payments: w, Webhooks: w, Now: w.Now, Outage: w.outage, Deliveries: w.deliveries,
		Pay: w.company.Pay, Fail: w.company.Decline, Abandon: func(string) error { return nil },
		Renew: w.passPeriod, FailRenewal: failing, Recover: w.company.Recover, Cancel: w.company.CancelNow, Delete: w.company.Delete,
		Expire: func(string) error { w.pass(14 * 24 * time.Hour); return nil },
	}
}

func (w *world) outage(on bool) {
	if w.company.Mend(); on {
		w.company.Break(stripetest.Fault{Status: http.StatusServiceUnavailable})
	}
}

func (w *world) deliveries() (all []portstest.Delivered) {
	for _, h := range w.company.Take() {
		all = append(all, portstest.Delivered{Payload: h.Payload, Signature: h.Signature, At: h.At})
	}
	return all
}

func TestPayments(t *testing.T) {
	for _, v := range versions {
		t.Run(v, func(t *testing.T) {
			portstest.Payments(t, func(t *testing.T) portstest.PaymentsRig { return newWorld(t, v).rig() })
		})
	}
}

func TestWebhooks(t *testing.T) {
	portstest.Webhooks(t, func(t *testing.T) portstest.WebhooksRig {
		w := newWorld(t, stripetest.V2023)
		return portstest.WebhooksRig{Webhooks: w, SignedAt: w.company.Sign}
	})
}
