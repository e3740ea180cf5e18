package pretend_test

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

var (
	start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	pro   = subscription.Plan{Tier: subscription.Pro, Name: "Parley Pro", Cents: 999, Currency: "usd"}
)

// world is a company, its clock and the app's letter box.
type world struct {
	*pretend.Company
	base string

	mu     sync.Mutex
	now    time.Time
	got    []portstest.Delivered
	broken error // what the app answers webhooks with
}

func (w *world) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) deliver(_ context.Context, payload []byte, signature string) error {
	at := w.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.got = append(w.got, portstest.Delivered{Payload: payload, Signature: signature, At: at})
	return w.broken
}

func (w *world) deliveries() []portstest.Delivered {
	w.Flush(context.Background())
	w.mu.Lock()
	defer w.mu.Unlock()
	got := w.got
	w.got = nil
	return got
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{now: start, base: "http://127.0.0.1:8000"}
	c, err := pretend.New(pretend.Config{Clock: w, Random: rand.Reader, BaseURL: func() string { return w.base }, Deliver: w.deliver})
	if err != nil {
		t.Fatal(err)
	}
	w.Company = c
	return w
}

func (w *world) customer(t testing.TB) string {
	t.Helper()
	user, err := id.New(start, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	customer, err := w.Customer(t.Context(), user)
	if err != nil {
		t.Fatal(err)
	}
	return customer
}

func (w *world) checkout(t testing.TB, customer string) (url string) {
	t.Helper()
	url, err := w.Checkout(t.Context(), ports.Order{Customer: customer, Plan: pro, SuccessURL: "https://app.example/success", CancelURL: "https://app.example/cancel"})
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// subscriber returns a customer who has paid.
func (w *world) subscriber(t testing.TB) string {
	t.Helper()
	customer := w.customer(t)
	if _, err := w.Pay(path.Base(w.checkout(t, customer))); err != nil {
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

func (w *world) passPeriod(customer string) error {
	s, err := w.Fetch(context.Background(), customer)
	w.pass(s.PeriodEnd.Sub(w.Now()))
	return err
}

func (w *world) rig() portstest.PaymentsRig {
	return portstest.PaymentsRig{
		Payments: w, Webhooks: w, Now: w.Now, Outage: w.Outage, Deliveries: w.deliveries,
		Pay:     func(url string) error { _, err := w.Pay(path.Base(url)); return err },
		Fail:    func(url string) error { return w.Decline(path.Base(url)) },
		Abandon: func(url string) error { _, err := w.Abandon(path.Base(url)); return err },
		Renew:   w.passPeriod,
		FailRenewal: func(customer string) error {
			return errors.Join(w.FailNextRenewal(customer), w.passPeriod(customer))
		},
		Recover: w.Recover,
		Expire:  func(string) error { w.pass(14 * 24 * time.Hour); return nil },
		Cancel:  w.CancelNow,
	}
}

func TestPayments(t *testing.T) {
	portstest.Payments(t, func(t *testing.T) portstest.PaymentsRig { return newWorld(t).rig() })
}

func TestWebhooks(t *testing.T) {
	portstest.Webhooks(t, func(t *testing.T) portstest.WebhooksRig {
		w := newWorld(t)
		return portstest.WebhooksRig{Webhooks: w, SignedAt: w.Sign}
	})
}

func TestNamesAreSpelledAsStripes(t *testing.T) {
	w := newWorld(t)
	customer := w.subscriber(t)
	page := w.checkout(t, customer)
	portal, err := w.Portal(t.Context(), customer, "https://app.example/account")
	if err != nil {
		t.Fatal(err)
	}
	for got, prefix := range map[string]string{
		customer:                       "cus_",
		w.fetch(t, customer).ID:        "sub_",
		page:                           "http://127.0.0.1:8000/pretend/checkout/cs_test_",
		portal:                         "http://127.0.0.1:8000/pretend/portal/bps_",
		event(t, w.deliveries()[0]).ID: "evt_",
	} {
		if rest, ok := strings.CutPrefix(got, prefix); !ok || len(rest) != 32 {
			t.Errorf("%q is not %s and 128 bits", got, prefix)
		}
	}
}

// Two companies of one seed give the same names, those of two seeds none in common.
func TestRandomness(t *testing.T) {
	first := func(random io.Reader) string {
		c, err := pretend.New(pretend.Config{Clock: &world{now: start}, Random: random})
		if err != nil {
			t.Fatal(err)
		}
		customer, err := c.Customer(t.Context(), "user")
		if err != nil {
			t.Fatal(err)
		}
		return customer
	}
	one, again := first(strings.NewReader(strings.Repeat("a", 32))), first(strings.NewReader(strings.Repeat("a", 32)))
	if one != again {
		t.Error("a seed does not fix the names")
	}
	if one, other := first(rand.Reader), first(rand.Reader); one == other {
		t.Error("names can be guessed")
	}
	if _, err := pretend.New(pretend.Config{Random: strings.NewReader("short")}); err == nil {
		t.Error("made without randomness")
	}
}

// A secret that was given signs; without one every company has its own.
func TestSecret(t *testing.T) {
	open := func(secret string) *pretend.Company {
		c, err := pretend.New(pretend.Config{Clock: &world{now: start}, Random: rand.Reader, Secret: secret})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	accepts := func(a, b *pretend.Company) bool {
		payload := []byte(`{"id":"evt_1"}`)
		_, err := a.Event(payload, b.Sign(payload, start), start)
		return err == nil
	}
	if !accepts(open("whsec_1"), open("whsec_1")) || accepts(open("whsec_1"), open("whsec_2")) || accepts(open(""), open("")) {
		t.Error("the secret does not decide")
	}
}
