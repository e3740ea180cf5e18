package subscribe_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

const ada id.ID = "01890a5d-ac96-774b-bcce-b302099a8057"

// clock moves by a millisecond whenever it is looked at.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time { return c.pass(time.Millisecond) }

// pass lets time go by.
func (c *clock) pass(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return c.now
}

// world is the use cases over a memory store and the pretend company, and the faults between them.
type world struct {
	*subscribe.Subscribe
	faults
	clock   *clock
	company *pretend.Company
	store   *memory.Store
	pages   subscribe.Pages
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return newWorldOf(t, func(c *pretend.Company) ports.Webhooks { return c })
}

// newWorldOf is newWorld with webhooks of another kind.
func newWorldOf(t testing.TB, webhooks func(*pretend.Company) ports.Webhooks) *world {
	t.Helper()
	w := &world{clock: &clock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}, store: memory.New()}
	var err error
	if w.company, err = pretend.New(pretend.Config{Clock: w.clock, Random: rand.Reader, BaseURL: func() string { return "http://pay" }}); err != nil {
		t.Fatal(err)
	}
	w.person(t, ada, "+15550001000")
	plans := subscription.Plans{Basic: subscription.Plan{Tier: subscription.Basic}, Pro: subscription.Plan{Tier: subscription.Pro}, Grace: time.Hour}
	f := &w.faults
	w.Subscribe = subscribe.New(payments{w.company, f}, webhooks(w.company), records{memory.Subscriptions{Store: w.store}, f}, ledger{memory.Ledger{Store: w.store}, f},
		usage{memory.Usage{Store: w.store}, f}, limiter{memory.NewLimiter(), f}, w.clock, plans, func() subscribe.Pages { return w.pages })
	return w
}

// person opens an account.
func (w *world) person(t testing.TB, who id.ID, number string) {
	t.Helper()
	n, err := phone.Parse(number)
	if err != nil {
		t.Fatal(err)
	}
	if err := (memory.Users{Store: w.store}).Add(t.Context(), user.User{ID: who, Number: n, Proven: w.clock.Now()}); err != nil {
		t.Fatal(err)
	}
}

// bought lets the user pay; the app has not heard of it yet.
func (w *world) bought(t testing.TB) (customer string) {
	t.Helper()
	return w.boughtBy(t, ada)
}

func (w *world) boughtBy(t testing.TB, who id.ID) (customer string) {
	t.Helper()
	page, err := w.Checkout(t.Context(), who, subscribe.Returns{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.company.Pay(page[len("http://pay/pretend/checkout/"):]); err != nil {
		t.Fatal(err)
	}
	return w.customerOf(t, who)
}

// customer is the company's name for the user.
func (w *world) customer(t testing.TB) string {
	t.Helper()
	return w.customerOf(t, ada)
}

func (w *world) customerOf(t testing.TB, who id.ID) string {
	t.Helper()
	customer, err := w.company.Customer(t.Context(), who)
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
