package subscribe_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
)

const ada id.ID = "01890a5d-ac96-774b-bcce-b302099a8057"

// clock moves by a millisecond whenever it is looked at.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { c.now = c.now.Add(time.Millisecond); return c.now }

// world is the use cases over a memory store and the pretend company, and the faults between them.
type world struct {
	*subscribe.Subscribe
	faults
	clock   *clock
	company *pretend.Company
	store   *memory.Store
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{clock: &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}, store: memory.New()}
	var err error
	if w.company, err = pretend.New(pretend.Config{Clock: w.clock, Random: rand.Reader, BaseURL: func() string { return "http://pay" }}); err != nil {
		t.Fatal(err)
	}
	n, err := phone.Parse("+15550001000")
	if err != nil {
		t.Fatal(err)
	}
	if err := (memory.Users{Store: w.store}).Add(t.Context(), user.User{ID: ada, Number: n, Proven: w.clock.Now()}); err != nil {
		t.Fatal(err)
	}
	plans := subscription.Plans{Basic: subscription.Plan{Tier: subscription.Basic}, Pro: subscription.Plan{Tier: subscription.Pro}, Grace: time.Hour}
	f := &w.faults
	w.Subscribe = subscribe.New(payments{w.company, f}, w.company, records{memory.Subscriptions{Store: w.store}, f}, ledger{memory.Ledger{Store: w.store}, f},
		usage{memory.Usage{Store: w.store}, f}, w.clock, plans, func() subscribe.Pages { return subscribe.Pages{Account: "http://app/account"} })
	return w
}

// bought lets the user pay; the app has not heard of it yet.
func (w *world) bought(t *testing.T) (customer string) {
	t.Helper()
	page, err := w.Checkout(t.Context(), ada)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.company.Pay(page[len("http://pay/pretend/checkout/"):]); err != nil {
		t.Fatal(err)
	}
	customer, err = w.company.Customer(t.Context(), ada)
	if err != nil {
		t.Fatal(err)
	}
	return customer
}

// receive takes a webhook about a customer in.
func (w *world) receive(ctx context.Context, name, customer string) error {
	payload := fmt.Appendf(nil, `{"id":%q,"data":{"object":{"customer":%q}}}`, name, customer)
	_, err := w.Receive(ctx, payload, w.company.Sign(payload, w.clock.Now()))
	return err
}

// Whichever call of a port fails, the use case says so; asked again, it works.
func TestEveryFailureComesOut(t *testing.T) {
	for name, use := range map[string]func(w *world, ctx context.Context, customer string) error{
		"checkout": func(w *world, ctx context.Context, _ string) error { _, err := w.Checkout(ctx, ada); return err },
		"status":   func(w *world, ctx context.Context, _ string) error { _, err := w.Status(ctx, ada); return err },
		"cancel":   func(w *world, ctx context.Context, _ string) error { _, err := w.Schedule(ctx, ada, true); return err },
		"portal":   func(w *world, ctx context.Context, _ string) error { _, err := w.Portal(ctx, ada); return err },
		"webhook":  func(w *world, ctx context.Context, c string) error { return w.receive(ctx, "evt_1", c) },
	} {
		t.Run(name, func(t *testing.T) {
			for n := 1; ; n++ {
				w := newWorld(t)
				customer := "unknown"
				if name != "checkout" {
					customer = w.bought(t)
					if err := w.receive(t.Context(), "evt_0", customer); err != nil {
						t.Fatal(err)
					}
				}
				w.in = n
				err := use(w, t.Context(), customer)
				if w.in > 0 { // fewer calls than that
					if err != nil || n == 1 {
						t.Errorf("after %d calls: %v", n-1, err)
					}
					return
				}
				if !errors.Is(err, errAway) {
					t.Errorf("call %d failed, and it said %v", n, err)
				}
				if err := use(w, t.Context(), customer); err != nil {
					t.Errorf("asked again after call %d failed: %v", n, err)
				}
			}
		})
	}
}

// What was fetched before another saved is fetched anew.
func TestASaveThatComesTooLate(t *testing.T) {
	w := newWorld(t)
	customer := w.bought(t)
	w.stale, w.fetched = 19, 0
	if err := w.receive(t.Context(), "evt_1", customer); err != nil || w.fetched != 20 {
		t.Errorf("fetched %d times: %v", w.fetched, err)
	}
	if s, err := w.Status(t.Context(), ada); err != nil || s.Tier != subscription.Pro {
		t.Errorf("status %+v, %v", s, err)
	}
	w.stale, w.fetched = 20, 0
	if err := w.receive(t.Context(), "evt_2", customer); !errors.Is(err, subscription.ErrStale) || w.fetched != 20 {
		t.Errorf("fetched %d times: %v", w.fetched, err)
	}
	if err := w.receive(t.Context(), "evt_2", customer); err != nil { // not marked as applied
		t.Error(err)
	}
	if err := w.receive(t.Context(), "evt_2", customer); err != nil || w.fetched != 21 {
		t.Errorf("fetched %d times: %v", w.fetched, err)
	}
}

// Two first requests of one user make one customer.
func TestACustomerMadeByAnotherRequestMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.meanwhile = func() {
		w.meanwhile = nil
		if _, err := w.Checkout(t.Context(), ada); err != nil {
			t.Error(err)
		}
	}
	if _, err := w.Checkout(t.Context(), ada); err != nil {
		t.Error(err)
	}
}

// The company no longer knows its own customer: an event about it means nothing.
func TestACustomerThatIsGoneThere(t *testing.T) {
	w := newWorld(t)
	if _, err := w.Checkout(t.Context(), ada); err != nil {
		t.Fatal(err)
	}
	customer, err := w.company.Customer(t.Context(), ada)
	if err != nil {
		t.Fatal(err)
	}
	w.gone = true
	if err := w.receive(t.Context(), "evt_1", customer); err != nil {
		t.Error(err)
	}
	if s, err := w.Status(t.Context(), ada); err != nil || s.Tier != subscription.Basic {
		t.Errorf("status %+v, %v", s, err)
	}
}

// A company that knows the customer no more has no subscription of theirs to change.
func TestACompanyThatForgot(t *testing.T) {
	w := newWorld(t)
	if err := w.receive(t.Context(), "evt_1", w.bought(t)); err != nil {
		t.Fatal(err)
	}
	w.forgot = true
	if _, err := w.Schedule(t.Context(), ada, true); !errors.Is(err, subscription.ErrNotSubscribed) {
		t.Errorf("cancelling: %v", err)
	}
	if _, err := w.Portal(t.Context(), ada); !errors.Is(err, subscription.ErrNotSubscribed) {
		t.Errorf("the portal: %v", err)
	}
	w.forgot = false
	if _, err := w.Checkout(t.Context(), ada); !errors.Is(err, subscription.ErrAlreadyPro) {
		t.Errorf("once it remembers: %v", err)
	}
}
