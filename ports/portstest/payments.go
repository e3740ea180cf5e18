package portstest

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

// PaymentsRig is an adapter and a fake provider, with functions that act as the
// customer, the provider and the time. They fail when the provider refuses.
type PaymentsRig struct {
	Payments ports.Payments
	Webhooks ports.Webhooks
	Now      func() time.Time // the adapter's clock

	Pay     func(checkoutURL string) error // pays with a valid card
	Decline func(checkoutURL string) error // tries to pay with a card that is declined
	Abandon func(checkoutURL string) error // leaves the page without paying

	Renew         func(customer string) error // lets the period end; a renewal is paid
	FailRenewal   func(customer string) error // lets the period end; the card is declined
	PayInvoice    func(customer string) error // pays the open invoice
	ExpireInvoice func(customer string) error // lets time pass until the provider gives up an unpaid invoice
	CancelNow     func(customer string) error // ends the subscription immediately

	SetOutage  func(on bool)     // makes the provider unreachable
	Deliveries func() []Delivery // waits for the webhooks in flight; returns all since the last call
}

// Delivery is a webhook as the application receives it.
type Delivery struct {
	Payload   []byte
	Signature string
	At        time.Time
}

// Payments is the contract of ports.Payments. open returns a rig that no other test uses.
func Payments(t *testing.T, open func(t *testing.T) PaymentsRig) {
	newTest := func(t *testing.T) *paymentsTest {
		pt := &paymentsTest{T: t, PaymentsRig: open(t)}
		return pt.withNewCustomer()
	}
	runSuite(t, newTest, []requirement[*paymentsTest]{
		{"a user always has the same customer, also for concurrent calls", (*paymentsTest).customerOfUser},
		{"methods fail with ErrUnknownCustomer for an unknown customer", (*paymentsTest).unknownCustomer},
		{"an open or abandoned checkout page sells nothing", (*paymentsTest).unpaidCheckout},
		{"a paid checkout starts a subscription for a month", (*paymentsTest).paidCheckout},
		{"a checkout page can be paid once", (*paymentsTest).checkoutPaidOnce},
		{"only one of several open pages can be paid", (*paymentsTest).severalPages},
		{"a declined card buys nothing, and another card can pay", (*paymentsTest).declinedCard},
		{"a cancellation at the period's end can be set and cleared", (*paymentsTest).cancellation},
		{"CancelAtPeriodEnd fails with ErrNotSubscribed without a subscription", (*paymentsTest).cancelNothing},
		{"a cancellation expires the open checkout pages", (*paymentsTest).cancellationExpiresPages},
		{"a deleted customer is unknown, and a webhook says so", (*paymentsTest).deletedCustomer},
		{"DeleteCustomer succeeds again, and for an unknown customer", (*paymentsTest).deletedTwice},
		{"nobody can pay on a page of a deleted customer", (*paymentsTest).deletedWithPages},
		{"the user of a deleted customer can get another one", (*paymentsTest).customerAfterDeletion},
		{"a cancelled subscription ends with its period", (*paymentsTest).cancelledSubscriptionEnds},
		{"a renewal starts the next period", (*paymentsTest).renewal},
		{"a subscription whose renewal failed is active again after a payment", (*paymentsTest).renewalPaidLate},
		{"a subscription whose renewal is never paid ends", (*paymentsTest).renewalNeverPaid},
		{"a subscription can end immediately", (*paymentsTest).cancelledNow},
		{"a customer can subscribe again", (*paymentsTest).subscribeAgain},
		{"each customer has a portal page", (*paymentsTest).portal},
		{"every method fails with ErrUnavailable during an outage", (*paymentsTest).outage},
		{"every method fails if the context is cancelled, and changes nothing", (*paymentsTest).cancelledCalls},
		{"concurrent customers do not affect each other", (*paymentsTest).concurrentCustomers},
		{"every change sends a webhook about the customer", (*paymentsTest).webhooks},
		{"a customer does not see another's subscription", (*paymentsTest).otherCustomer},
	})
}

// paymentsTest is a test with one customer.
type paymentsTest struct {
	*testing.T
	PaymentsRig
	customer string
}

var proPlan = plan.Plan{Tier: plan.Pro, Name: "Parley Pro", Cents: 999, Currency: "usd"}

const (
	paymentsGrace = 7 * 24 * time.Hour
	accountURL    = "https://app.example/account"
)

// withNewCustomer returns the same test with a new customer.
func (t *paymentsTest) withNewCustomer() *paymentsTest {
	t.Helper()
	other := *t
	customer, err := t.Payments.Customer(t.Context(), newID(t))
	must(t, err)
	other.customer = customer
	return &other
}

func (t *paymentsTest) order() ports.Order {
	return ports.Order{
		Customer:   t.customer,
		Plan:       proPlan,
		SuccessURL: "https://app.example/success",
		CancelURL:  "https://app.example/cancel",
	}
}

func (t *paymentsTest) checkout() (pageURL string) {
	t.Helper()
	pageURL, err := t.Payments.Checkout(t.Context(), t.order())
	must(t, err)
	return pageURL
}

// fetch returns the customer's subscription and checks what is true of every snapshot.
func (t *paymentsTest) fetch() subscription.Snapshot {
	t.Helper()
	start := t.Now()
	s, err := t.Payments.Fetch(t.Context(), t.customer)
	must(t, err)
	if s.FetchedAt.Before(start) || s.FetchedAt.After(t.Now()) {
		t.Fatalf("FetchedAt = %s, want a time between %s and %s", s.FetchedAt, start, t.Now())
	}
	if s.Status != subscription.None && (s.ID == "" || !s.PeriodEnd.After(s.PeriodStart)) {
		t.Fatalf("the subscription is %+v, want an id and a period", s)
	}
	if (s.Status == subscription.Canceled) == s.Ended.IsZero() {
		t.Fatalf("the subscription is %+v, want Ended for a canceled one and for no other", s)
	}
	return s
}

// wantStatus fetches the subscription and checks its status.
func (t *paymentsTest) wantStatus(when string, want subscription.Status) subscription.Snapshot {
	t.Helper()
	s := t.fetch()
	if s.Status != want {
		t.Fatalf("%s: the subscription is %+v, want the status %q", when, s, want)
	}
	return s
}

// subscribe pays a checkout and returns the new subscription.
func (t *paymentsTest) subscribe() subscription.Snapshot {
	t.Helper()
	must(t, t.Pay(t.checkout()))
	s := t.wantStatus("after the payment", subscription.Active)
	if s.CancelAtPeriodEnd {
		t.Fatalf("the new subscription is %+v, want no cancellation", s)
	}
	return s
}

// wantUnchanged checks that only FetchedAt differs from an earlier snapshot.
func (t *paymentsTest) wantUnchanged(want subscription.Snapshot) {
	t.Helper()
	got := t.fetch()
	want.FetchedAt = got.FetchedAt
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the subscription has changed (-before +after):\n%s", diff)
	}
}

// callAll calls each method once and returns the errors by method.
func (t *paymentsTest) callAll(ctx context.Context) map[string]error {
	t.Helper()
	return map[string]error{
		"Customer":          errorOf(t.Payments.Customer(ctx, newID(t))),
		"Checkout":          errorOf(t.Payments.Checkout(ctx, t.order())),
		"Fetch":             errorOf(t.Payments.Fetch(ctx, t.customer)),
		"CancelAtPeriodEnd": t.Payments.CancelAtPeriodEnd(ctx, t.customer, true),
		"Portal":            errorOf(t.Payments.Portal(ctx, t.customer, accountURL)),
		"DeleteCustomer":    t.Payments.DeleteCustomer(ctx, t.customer),
	}
}

// newEvents returns how many events about the customer were delivered since the
// last call, by type. It checks the signatures, and that an id has only one payload.
func (t *paymentsTest) newEvents() map[string]int {
	t.Helper()
	counts, payloads := map[string]int{}, map[string]string{}
	for _, d := range t.Deliveries() {
		e, err := t.Webhooks.Event(d.Payload, d.Signature, d.At)
		must(t, err)
		earlier, repeated := payloads[e.ID]
		if repeated && earlier != string(d.Payload) {
			t.Errorf("two events have the id %s, want different ids", e.ID)
		}
		if e.ID == "" || e.Type == "" {
			t.Errorf("the event is %+v, want an id and a type", e)
		}
		if !repeated && e.Customer == t.customer {
			counts[e.Type]++
		}
		payloads[e.ID] = string(d.Payload)
	}
	return counts
}

// wantSubscriptionsCreated checks how many subscriptions were created since the last newEvents.
func (t *paymentsTest) wantSubscriptionsCreated(want int) {
	t.Helper()
	if n := t.newEvents()["customer.subscription.created"]; n != want {
		t.Errorf("%d subscriptions were created, want %d", n, want)
	}
}

func (t *paymentsTest) wantAbsoluteURL(page string) {
	t.Helper()
	if u, err := url.Parse(page); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		t.Errorf("the page's URL is %q (%v), want an absolute URL", page, err)
	}
}
