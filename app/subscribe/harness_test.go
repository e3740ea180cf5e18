package subscribe_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// ada is the user of most tests.
const ada id.ID = "01890a5d-ac96-774b-bcce-b302099a8057"

// The default pages of setReturnPages.
const (
	successURL = "https://app.example/subscription/success"
	cancelURL  = "https://app.example/subscription/cancel"
	accountURL = "https://app.example/account"
)

// clock advances by a millisecond with each call of Now.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time { return c.advance(time.Millisecond) }

func (c *clock) advance(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return c.now
}

// harness is a Service over memory adapters and the pretend payments provider, with
// one user and a grace period of an hour. faults controls the errors of all ports.
type harness struct {
	*subscribe.Service
	faults
	clock       *clock
	provider    *pretend.Payments
	store       *memory.Store
	returnPages subscribe.ReturnPages
}

func newHarness(t testing.TB) *harness {
	t.Helper()
	return newHarnessWithWebhooks(t, nil)
}

// newHarnessWithWebhooks is newHarness with another implementation of
// ports.Webhooks, nil for the one of the pretend provider.
func newHarnessWithWebhooks(t testing.TB, webhooks ports.Webhooks) *harness {
	t.Helper()
	h := &harness{
		clock: &clock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)},
		store: memory.New(),
	}
	provider, err := pretend.New(pretend.Config{
		Clock:   h.clock,
		Random:  rand.Reader,
		BaseURL: func() string { return "http://pay" },
	})
	if err != nil {
		t.Fatalf("starting the pretend provider: %v", err)
	}
	h.provider = provider
	if webhooks == nil {
		webhooks = provider
	}
	h.addUser(t, ada, "+15550001000")
	h.Service = subscribe.New(subscribe.Config{
		Payments:          failingPayments{provider, &h.faults},
		Webhooks:          webhooks,
		Subscriptions:     failingSubscriptions{memory.Subscriptions{Store: h.store}, &h.faults},
		WebhookLedger:     failingLedger{memory.WebhookLedger{Store: h.store}, &h.faults},
		CustomerDeletions: failingDeletions{memory.CustomerDeletions{Store: h.store}, &h.faults},
		MessageCounts:     failingMessageCounts{memory.MessageCounts{Store: h.store}, &h.faults},
		Limiter:           failingLimiter{memory.NewLimiter(), &h.faults},
		Clock:             h.clock,
		Plans: plan.Plans{
			Basic: plan.Plan{Tier: plan.Basic},
			Pro:   plan.Plan{Tier: plan.Pro},
			Grace: time.Hour,
		},
		ReturnPages: func() subscribe.ReturnPages { return h.returnPages },
	})
	return h
}

func (h *harness) addUser(t testing.TB, userID id.ID, number string) {
	t.Helper()
	n, err := phone.Parse(number)
	if err != nil {
		t.Fatalf("parsing the number %s: %v", number, err)
	}
	u := user.User{ID: userID, Number: n, Proven: h.clock.Now()}
	if _, err := (memory.Users{Store: h.store}).AddProven(t.Context(), u); err != nil {
		t.Fatalf("adding user %s: %v", userID, err)
	}
}

// setReturnPages sets the default pages, and the pages that a client may request.
func (h *harness) setReturnPages(t testing.TB, allowed ...string) {
	t.Helper()
	h.returnPages = subscribe.ReturnPages{Success: successURL, Cancel: cancelURL, Account: accountURL}
	for _, page := range allowed {
		u, err := url.Parse(page)
		if err != nil {
			t.Fatalf("parsing the allowed page: %v", err)
		}
		h.returnPages.Allowed = append(h.returnPages.Allowed, u)
	}
}

// openCheckout opens a checkout page for ada, without return URLs.
func (h *harness) openCheckout(ctx context.Context) (pageURL string, err error) {
	return h.Checkout(ctx, ada, subscribe.ReturnURLs{})
}

// buyPro pays for Pro at the provider. No webhook is delivered.
func (h *harness) buyPro(t testing.TB) (customer string) {
	t.Helper()
	return h.buyProAs(t, ada)
}

func (h *harness) buyProAs(t testing.TB, userID id.ID) (customer string) {
	t.Helper()
	page, err := h.Checkout(t.Context(), userID, subscribe.ReturnURLs{})
	if err != nil {
		t.Fatalf("opening a checkout page: %v", err)
	}
	if err := h.pay(page); err != nil {
		t.Fatalf("paying at %s: %v", page, err)
	}
	customer, err = h.provider.Customer(t.Context(), userID)
	if err != nil {
		t.Fatalf("asking the provider for the customer of user %s: %v", userID, err)
	}
	return customer
}

// pay pays at a checkout page of the provider.
func (h *harness) pay(page string) error {
	_, err := h.provider.Pay(strings.TrimPrefix(page, "http://pay/pretend/checkout/"))
	return err
}

// deliver delivers a signed webhook about a customer.
func (h *harness) deliver(ctx context.Context, event, customer string) error {
	payload := fmt.Appendf(nil, `{"id":%q,"data":{"object":{"customer":%q}}}`, event, customer)
	_, err := h.ReceiveWebhook(ctx, payload, h.provider.Sign(payload, h.clock.Now()))
	return err
}

// mustDeliver is deliver for a webhook that must succeed.
func (h *harness) mustDeliver(t testing.TB, event, customer string) {
	t.Helper()
	if err := h.deliver(t.Context(), event, customer); err != nil {
		t.Errorf("delivering %s about %s: %v, want success", event, customer, err)
	}
}

// buyProWithWebhook is buyPro followed by the webhook evt_1.
func (h *harness) buyProWithWebhook(t testing.TB) (customer string) {
	t.Helper()
	customer = h.buyPro(t)
	h.mustDeliver(t, "evt_1", customer)
	return customer
}

// record returns the stored record of ada.
func (h *harness) record(t testing.TB) subscription.Record {
	t.Helper()
	r, err := (memory.Subscriptions{Store: h.store}).Get(t.Context(), ada)
	if err != nil {
		t.Fatalf("reading the record: %v", err)
	}
	return r
}

func (h *harness) checkOverview(t testing.TB, userID id.ID, tier plan.Tier, status subscription.Status) {
	t.Helper()
	o, err := h.Overview(t.Context(), userID)
	if err != nil || o.Tier != tier || o.Status != status {
		t.Errorf("overview = %+v, %v, want tier %s and status %s", o, err, tier, status)
	}
}

// checkFetches checks how often the subscription was fetched since fetches was reset.
func (h *harness) checkFetches(t testing.TB, want int) {
	t.Helper()
	if h.fetches != want {
		t.Errorf("the provider was asked for the subscription %d times, want %d", h.fetches, want)
	}
}

// eraseAda erases the account of ada. A test uses it as beforeSave or afterCheckout,
// to erase the account in the middle of a request.
func (h *harness) eraseAda(t testing.TB) func() {
	return func() {
		h.beforeSave = nil
		h.afterCheckout = nil
		if err := (memory.Eraser{Store: h.store}).Erase(t.Context(), ada, ports.KeepCounts{}); err != nil {
			t.Errorf("erasing the account: %v", err)
		}
	}
}

// onceBeforeSave runs f before the next save.
func (h *harness) onceBeforeSave(f func()) {
	h.beforeSave = func() {
		h.beforeSave = nil
		f()
	}
}
