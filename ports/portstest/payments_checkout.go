package portstest

import (
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/subscription"
)

func (t *paymentsTest) customerOfUser() {
	userID := newID(t)
	customers := make([]string, 10)
	errs := concurrently(len(customers), func(i int) (err error) {
		customers[i], err = t.Payments.Customer(t.Context(), userID)
		return err
	})
	wantErrorCounts(t, errs, map[error]int{nil: 10})
	for _, customer := range customers {
		if customer == "" || customer != customers[0] {
			t.Errorf("Customer returned %q for one user, want the same id each time", customers)
		}
	}
	if customers[0] == t.customer {
		t.Error("Customer returned the same id for two users, want different ids")
	}
}

func (t *paymentsTest) unpaidCheckout() {
	first := t.checkout()
	t.wantAbsoluteURL(first)
	page := t.checkout() // may expire the first page
	if page == first {
		t.Error("Checkout returned the same page twice, want a new one")
	}
	must(t, t.Abandon(page))
	if s := t.wantStatus("after the page was abandoned", subscription.None); s.Live() {
		t.Errorf("the subscription is %+v before a payment, want none that is live", s)
	}
	must(t, t.Pay(page)) // an abandoned page can still be paid
	t.wantStatus("after the payment", subscription.Active)
}

func (t *paymentsTest) paidCheckout() {
	before := t.Now().Add(-time.Second) // providers round times down to seconds
	s := t.subscribe()
	if s.PeriodStart.Before(before) || s.PeriodStart.After(s.FetchedAt) || !s.PeriodEnd.After(s.FetchedAt) {
		t.Errorf("the subscription is %+v, want a period that starts with the payment and has not ended", s)
	}
	if month := s.PeriodEnd.Sub(s.PeriodStart); month < 28*24*time.Hour || month > 31*24*time.Hour+time.Hour {
		t.Errorf("the period is %s long, want a month", month)
	}
	t.wantUnchanged(s)
}

func (t *paymentsTest) checkoutPaidOnce() {
	page := t.checkout()
	must(t, t.Pay(page))
	s := t.fetch()
	concurrently(10, func(int) error {
		_ = t.Pay(page) // may be refused or have no effect
		return nil
	})
	t.wantUnchanged(s)
	t.wantSubscriptionsCreated(1)
}

func (t *paymentsTest) severalPages() {
	for _, page := range []string{t.checkout(), t.checkout(), t.checkout()} {
		_ = t.Pay(page) // is refused for all but one
	}
	t.wantStatus("after a payment on each of three pages", subscription.Active)
	t.wantSubscriptionsCreated(1)
}

func (t *paymentsTest) declinedCard() {
	page := t.checkout()
	for range 2 {
		must(t, t.Decline(page))
		if s := t.fetch(); s.Live() || !s.ProUntil(paymentsGrace).IsZero() {
			t.Fatalf("after a declined card the subscription is %+v, want no entitlement", s)
		}
	}
	must(t, t.Pay(page))
	if s := t.wantStatus("after another card", subscription.Active); !s.PeriodEnd.After(s.FetchedAt) {
		t.Errorf("the subscription is %+v, want a period that has not ended", s)
	}
}

// concurrentCustomers lets 8 customers pay, fetch and clear a cancellation at the same time.
func (t *paymentsTest) concurrentCustomers() {
	var calls sync.WaitGroup
	customers := make([]*paymentsTest, 8)
	for i := range customers {
		other := t.withNewCustomer()
		customers[i] = other
		page := other.checkout()
		calls.Go(func() {
			if err := other.Pay(page); err != nil {
				t.Errorf("Pay: %v", err)
			}
		})
		calls.Go(func() {
			// fails with ErrNotSubscribed before the payment
			_ = other.Payments.CancelAtPeriodEnd(t.Context(), other.customer, false)
		})
		calls.Go(func() {
			s, err := other.Payments.Fetch(t.Context(), other.customer)
			if err != nil || s.Status != subscription.None && s.Status != subscription.Active {
				t.Errorf("Fetch returned %+v and error %v, want the status none or active", s, err)
			}
		})
	}
	calls.Wait()
	for _, customer := range customers {
		customer.wantStatus("after the concurrent calls", subscription.Active)
	}
}

func (t *paymentsTest) otherCustomer() {
	s := t.subscribe()
	other := t.withNewCustomer()
	if got := other.wantStatus("before the other customer pays", subscription.None); got.ID != "" {
		t.Errorf("the other customer's subscription is %+v, want none", got)
	}
	other.subscribe()
	must(t, other.CancelNow(other.customer))
	t.wantUnchanged(s)
}
