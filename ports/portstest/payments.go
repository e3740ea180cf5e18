package portstest

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// PaymentsRig is an adapter with what lies behind it: the company, where its
// functions play the customers and the time. They fail when the company refuses.
type PaymentsRig struct {
	Payments ports.Payments
	Webhooks ports.Webhooks
	Now      func() time.Time // of the adapter's clock

	Pay     func(checkoutURL string) error // with a card that works
	Fail    func(checkoutURL string) error // tries with a card that is declined
	Abandon func(checkoutURL string) error // leaves the page

	Renew       func(customer string) error // time passes to the end of the period; a renewal is paid
	FailRenewal func(customer string) error // the same, and the card is declined
	Recover     func(customer string) error // pays the open invoice
	Expire      func(customer string) error // time passes until an unpaid invoice is given up
	Cancel      func(customer string) error // ends the subscription at once
	Delete      func(customer string)       // and forgets the customer; nil where nobody can

	Outage     func(on bool)      // the company cannot be reached
	Deliveries func() []Delivered // all webhooks sent since the last call, those under way too
}

// Delivered is a webhook as the app gets it.
type Delivered struct {
	Payload   []byte
	Signature string
	At        time.Time
}

// Payments is the contract of ports.Payments. open returns a rig that no other test uses.
func Payments(t *testing.T, open func(t *testing.T) PaymentsRig) {
	for name, test := range map[string]func(*buyer, *testing.T){
		"a user is one customer":                      (*buyer).testCustomer,
		"an unknown customer is refused":              (*buyer).testUnknown,
		"nothing is bought before it is paid":         (*buyer).testUnpaid,
		"a paid checkout subscribes":                  (*buyer).testPaid,
		"a checkout subscribes once":                  (*buyer).testPaidTwice,
		"of several pages one can be paid":            (*buyer).testPages,
		"a declined card buys nothing":                (*buyer).testDeclined,
		"a cancel is set and taken back":              (*buyer).testCancelAtPeriodEnd,
		"nothing to cancel":                           (*buyer).testNotSubscribed,
		"who cancels pays on no page that was open":   (*buyer).testCancelClosesPages,
		"a deleted customer is unknown":               (*buyer).testDeleted,
		"a cancelled subscription ends":               (*buyer).testCancelledEnds,
		"a renewal begins the next period":            (*buyer).testRenewal,
		"a failed renewal recovers":                   (*buyer).testRecovery,
		"a failed renewal is given up":                (*buyer).testGivenUp,
		"an end at once":                              (*buyer).testEndedAtOnce,
		"one who left comes back":                     (*buyer).testComeback,
		"the portal":                                  (*buyer).testPortal,
		"an outage changes nothing":                   (*buyer).testOutage,
		"a context that is over":                      (*buyer).testContext,
		"in parallel":                                 (*buyer).testParallel,
		"every change is told by a webhook":           (*buyer).testWebhooks,
		"customers do not see each other's purchases": (*buyer).testApart,
	} {
		t.Run(name, func(t *testing.T) {
			b := &buyer{PaymentsRig: open(t)}
			b.customer = b.newCustomer(t)
			test(b, t)
		})
	}
}

// buyer is one customer of a rig.
type buyer struct {
	PaymentsRig
	customer string
}

var proPlan = subscription.Plan{Tier: subscription.Pro, Name: "Parley Pro", Cents: 999, Currency: "usd"}

const paymentsGrace = 7 * 24 * time.Hour

func (b *buyer) newUser(t *testing.T) id.ID {
	t.Helper()
	user, err := id.New(time.Now(), rand.Reader)
	b.must(t, err)
	return user
}

func (b *buyer) newCustomer(t *testing.T) string {
	t.Helper()
	customer, err := b.Payments.Customer(t.Context(), b.newUser(t))
	b.must(t, err)
	return customer
}

func (b *buyer) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (b *buyer) order() ports.Order {
	return ports.Order{Customer: b.customer, Plan: proPlan, SuccessURL: "https://app.example/success", CancelURL: "https://app.example/cancel"}
}

func (b *buyer) checkout(t *testing.T) string {
	t.Helper()
	page, err := b.Payments.Checkout(t.Context(), b.order())
	b.must(t, err)
	return page
}

// fetch checks what holds of every snapshot.
func (b *buyer) fetch(t *testing.T) subscription.Snapshot {
	t.Helper()
	began := b.Now()
	s, err := b.Payments.Fetch(t.Context(), b.customer)
	b.must(t, err)
	if s.At.Before(began) || s.At.After(b.Now()) {
		t.Fatalf("fetched at %s, between %s and %s", s.At, began, b.Now())
	}
	if s.Status != subscription.None && (s.ID == "" || !s.PeriodEnd.After(s.PeriodStart)) {
		t.Fatalf("a subscription has a name and a period: %+v", s)
	}
	if (s.Status == subscription.Canceled) == s.Ended.IsZero() {
		t.Fatalf("a canceled subscription and no other has ended: %+v", s)
	}
	return s
}

func (b *buyer) subscribe(t *testing.T) subscription.Snapshot {
	t.Helper()
	b.must(t, b.Pay(b.checkout(t)))
	s := b.fetch(t)
	if s.Status != subscription.Active || s.CancelAtPeriodEnd {
		t.Fatalf("after paying: %+v", s)
	}
	return s
}

// sameButAt checks that nothing has changed.
func (b *buyer) sameButAt(t *testing.T, want subscription.Snapshot) {
	t.Helper()
	got := b.fetch(t)
	want.At = got.At
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changed (-before +after):\n%s", diff)
	}
}

func (b *buyer) testCustomer(t *testing.T) {
	user := b.newUser(t)
	var all sync.Map
	var wait sync.WaitGroup
	for range 10 {
		wait.Go(func() {
			customer, err := b.Payments.Customer(t.Context(), user)
			if err != nil || customer == "" {
				t.Errorf("%q, %v", customer, err)
			}
			all.Store(customer, true)
		})
	}
	wait.Wait()
	n := 0
	all.Range(func(customer, _ any) bool {
		n++
		if customer == b.customer {
			t.Error("two users are one customer")
		}
		return true
	})
	if n != 1 {
		t.Errorf("one user is %d customers", n)
	}
}

func (b *buyer) testUnknown(t *testing.T) {
	b.customer = "cus_unknown"
	for method, err := range b.callAll(t, t.Context()) {
		if method != "Customer" && !errors.Is(err, subscription.ErrUnknown) {
			t.Errorf("%s: %v", method, err)
		}
	}
}

// callAll calls each method once and returns the errors by its name.
func (b *buyer) callAll(t *testing.T, ctx context.Context) map[string]error {
	t.Helper()
	errs := map[string]error{}
	_, errs["Customer"] = b.Payments.Customer(ctx, b.newUser(t))
	_, errs["Checkout"] = b.Payments.Checkout(ctx, b.order())
	_, errs["Fetch"] = b.Payments.Fetch(ctx, b.customer)
	errs["CancelAtPeriodEnd"] = b.Payments.CancelAtPeriodEnd(ctx, b.customer, true)
	_, errs["Portal"] = b.Payments.Portal(ctx, b.customer, "https://app.example/account")
	return errs
}

func (b *buyer) testUnpaid(t *testing.T) {
	first := b.checkout(t)
	absoluteURL(t, first)
	page := b.checkout(t) // the one before may be closed for it
	if page == first {
		t.Error("two checkouts have one page")
	}
	b.must(t, b.Abandon(page))
	if s := b.fetch(t); s.Status != subscription.None || s.Live() {
		t.Errorf("nothing was bought: %+v", s)
	}
	b.must(t, b.Pay(page)) // leaving a page does not close it
	if s := b.fetch(t); s.Status != subscription.Active {
		t.Errorf("after paying: %+v", s)
	}
}

func absoluteURL(t *testing.T, page string) {
	t.Helper()
	if u, err := url.Parse(page); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		t.Errorf("not an absolute URL: %q, %v", page, err)
	}
}

func (b *buyer) testPaid(t *testing.T) {
	before := b.Now().Add(-time.Second) // companies cut times to seconds
	s := b.subscribe(t)
	if s.PeriodStart.Before(before) || s.PeriodStart.After(s.At) || !s.PeriodEnd.After(s.At) {
		t.Errorf("the period began with the payment and holds now: %+v", s)
	}
	if month := s.PeriodEnd.Sub(s.PeriodStart); month < 28*24*time.Hour || month > 31*24*time.Hour+time.Hour {
		t.Errorf("a month of %s", month)
	}
	b.sameButAt(t, s)
}

func (b *buyer) testPaidTwice(t *testing.T) {
	page := b.checkout(t)
	b.must(t, b.Pay(page))
	s := b.fetch(t)
	var wait sync.WaitGroup
	for range 10 {
		wait.Go(func() { b.Pay(page) }) // refused or without effect
	}
	wait.Wait()
	b.sameButAt(t, s)
	if n := b.told(t)["customer.subscription.created"]; n != 1 {
		t.Errorf("%d subscriptions were made", n)
	}
}

// told counts the events about the customer that were delivered since the last time, by type; each must be in order.
func (b *buyer) told(t *testing.T) map[string]int {
	t.Helper()
	kinds, payloads := map[string]int{}, map[string]string{}
	for _, d := range b.Deliveries() {
		e, err := b.Webhooks.Event(d.Payload, d.Signature, d.At)
		b.must(t, err)
		known, again := payloads[e.ID]
		if again && known != string(d.Payload) {
			t.Errorf("two events are called %s", e.ID)
		}
		if e.ID == "" || e.Type == "" {
			t.Errorf("an event without a name or a type: %+v", e)
		}
		if !again && e.Customer == b.customer {
			kinds[e.Type]++
		}
		payloads[e.ID] = string(d.Payload)
	}
	return kinds
}

func (b *buyer) testPages(t *testing.T) {
	for _, page := range []string{b.checkout(t), b.checkout(t), b.checkout(t)} {
		b.Pay(page) // refused at all but one
	}
	if s := b.fetch(t); s.Status != subscription.Active {
		t.Errorf("after paying at each of three pages: %+v", s)
	}
	if n := b.told(t)["customer.subscription.created"]; n != 1 {
		t.Errorf("%d subscriptions were made", n)
	}
}

func (b *buyer) testDeclined(t *testing.T) {
	page := b.checkout(t)
	for range 2 {
		b.must(t, b.Fail(page))
		if s := b.fetch(t); s.Live() || !s.ProUntil(paymentsGrace).IsZero() {
			t.Fatalf("nothing was paid: %+v", s)
		}
	}
	b.must(t, b.Pay(page))
	if s := b.fetch(t); s.Status != subscription.Active || !s.PeriodEnd.After(s.At) {
		t.Errorf("after another card: %+v", s)
	}
}
