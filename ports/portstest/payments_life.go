package portstest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/kuvaka-tech/parley/core/subscription"
)

func (b *buyer) schedule(t *testing.T, cancel bool) {
	t.Helper()
	b.must(t, b.Payments.CancelAtPeriodEnd(t.Context(), b.customer, cancel))
}

func (b *buyer) testCancelAtPeriodEnd(t *testing.T) {
	want := b.subscribe(t)
	for _, cancel := range []bool{true, true, false, false, true} {
		b.schedule(t, cancel)
		want.CancelAtPeriodEnd = cancel
		b.sameButAt(t, want)
	}
}

func (b *buyer) testNotSubscribed(t *testing.T) {
	refused := func(when string) {
		t.Helper()
		for _, cancel := range []bool{true, false} {
			if err := b.Payments.CancelAtPeriodEnd(t.Context(), b.customer, cancel); !errors.Is(err, subscription.ErrNotSubscribed) {
				t.Errorf("%s: %v", when, err)
			}
		}
	}
	refused("never subscribed")
	b.must(t, b.Fail(b.checkout(t)))
	refused("never paid")
	b.subscribe(t)
	b.must(t, b.Cancel(b.customer))
	refused("ended")
}

// testCancelClosesPages also where there is nothing else to cancel, as before the
// first payment or after a declined one: who wanted no more is sold nothing.
func (b *buyer) testCancelClosesPages(t *testing.T) {
	closed := func(when string, pages ...string) {
		t.Helper()
		before := b.fetch(t)
		if err := b.Payments.CancelAtPeriodEnd(t.Context(), b.customer, true); !errors.Is(err, subscription.ErrNotSubscribed) {
			t.Errorf("%s: %v", when, err)
		}
		for _, page := range pages {
			if b.Pay(page) == nil || b.Fail(page) == nil {
				t.Errorf("%s: a page is still open", when)
			}
		}
		if s := b.fetch(t); s.Live() || s.ID != before.ID {
			t.Errorf("%s: sold all the same: %+v", when, s)
		}
	}
	closed("nothing was paid", b.checkout(t))
	closed("two pages are open", b.checkout(t), b.checkout(t))
	page := b.checkout(t)
	b.must(t, b.Fail(page))
	closed("a card was declined", page)
	b.subscribe(t) // another page can be paid
	b.must(t, b.Cancel(b.customer))
	closed("an old one has ended", b.checkout(t))
	if n := b.told(t)["customer.subscription.created"]; n != 2 { // what was declined, and what was paid
		t.Errorf("%d subscriptions were made", n)
	}
}

func (b *buyer) testDeleted(t *testing.T) {
	if b.Delete == nil {
		return
	}
	b.subscribe(t)
	b.told(t)
	b.Delete(b.customer)
	for method, err := range b.callAll(t, t.Context()) {
		if method != "Customer" && !errors.Is(err, subscription.ErrUnknown) {
			t.Errorf("%s: %v", method, err)
		}
	}
	if len(b.told(t)) == 0 {
		t.Error("no webhook about the customer tells that the subscription has ended")
	}
}

func (b *buyer) testCancelledEnds(t *testing.T) {
	s := b.subscribe(t)
	b.schedule(t, true)
	b.must(t, b.Renew(b.customer))
	got := b.fetch(t)
	if got.ID != s.ID || got.Status != subscription.Canceled || !got.Ended.Equal(s.PeriodEnd) || got.Live() {
		t.Errorf("the period ended at %s: %+v", s.PeriodEnd, got)
	}
}

func (b *buyer) testRenewal(t *testing.T) {
	s := b.subscribe(t)
	b.schedule(t, true)
	b.schedule(t, false)
	for range 3 {
		b.must(t, b.Renew(b.customer))
		next := b.fetch(t)
		if next.ID != s.ID || next.Status != subscription.Active || !next.PeriodStart.Equal(s.PeriodEnd) || !next.PeriodEnd.After(next.At) {
			t.Fatalf("after %+v came %+v", s, next)
		}
		s = next
	}
}

// pastDue leads to a failed renewal.
func (b *buyer) pastDue(t *testing.T) subscription.Snapshot {
	t.Helper()
	s := b.subscribe(t)
	b.must(t, b.FailRenewal(b.customer))
	late := b.fetch(t)
	if late.ID != s.ID || late.Status != subscription.PastDue || !late.Live() || !late.PeriodStart.Equal(s.PeriodEnd) {
		t.Fatalf("the unpaid period begins where the paid one ended, %s: %+v", s.PeriodEnd, late)
	}
	return late
}

func (b *buyer) testRecovery(t *testing.T) {
	want := b.pastDue(t)
	b.must(t, b.Recover(b.customer))
	want.Status = subscription.Active
	b.sameButAt(t, want)
	b.must(t, b.Renew(b.customer))
	if s := b.fetch(t); s.Status != subscription.Active || !s.PeriodStart.Equal(want.PeriodEnd) {
		t.Errorf("the next renewal: %+v", s)
	}
}

func (b *buyer) testGivenUp(t *testing.T) {
	late := b.pastDue(t)
	b.must(t, b.Expire(b.customer))
	s := b.fetch(t)
	if s.ID != late.ID || s.Status != subscription.Canceled && s.Status != subscription.Unpaid || s.ProUntil(paymentsGrace).After(s.At) {
		t.Errorf("given up: %+v", s)
	}
}

func (b *buyer) testEndedAtOnce(t *testing.T) {
	s := b.subscribe(t)
	b.must(t, b.Cancel(b.customer))
	got := b.fetch(t)
	if got.ID != s.ID || got.Status != subscription.Canceled || got.Live() || got.ProUntil(paymentsGrace).After(got.At) {
		t.Errorf("ended at once: %+v", got)
	}
}

func (b *buyer) testComeback(t *testing.T) {
	old := b.subscribe(t)
	b.must(t, b.Cancel(b.customer))
	if s := b.subscribe(t); s.ID == old.ID {
		t.Error("a subscription that has ended lives again")
	}
}

func (b *buyer) testPortal(t *testing.T) {
	page, err := b.Payments.Portal(t.Context(), b.customer, "https://app.example/account")
	b.must(t, err)
	absoluteURL(t, page)
	b.customer = b.newCustomer(t)
	other, err := b.Payments.Portal(t.Context(), b.customer, "https://app.example/account")
	b.must(t, err)
	if other == page {
		t.Error("two customers have one portal")
	}
}

func (b *buyer) testOutage(t *testing.T) {
	s := b.subscribe(t)
	b.Outage(true)
	for method, err := range b.callAll(t, t.Context()) {
		if !errors.Is(err, subscription.ErrUnavailable) {
			t.Errorf("%s: %v", method, err)
		}
	}
	b.Outage(false)
	b.sameButAt(t, s)
}

func (b *buyer) testContext(t *testing.T) {
	s := b.subscribe(t)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for method, err := range b.callAll(t, over) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", method, err)
		}
	}
	b.sameButAt(t, s)
}

func (b *buyer) testParallel(t *testing.T) {
	var wait sync.WaitGroup
	for range 8 {
		other := &buyer{PaymentsRig: b.PaymentsRig}
		other.customer = other.newCustomer(t)
		page := other.checkout(t)
		wait.Go(func() {
			if err := other.Pay(page); err != nil {
				t.Error(err)
			}
		})
		wait.Go(func() { other.Payments.CancelAtPeriodEnd(t.Context(), other.customer, false) }) // before or after the payment
		wait.Go(func() {
			if s, err := other.Payments.Fetch(t.Context(), other.customer); err != nil || s.Status != subscription.None && s.Status != subscription.Active {
				t.Errorf("%+v, %v", s, err)
			}
		})
		defer func() {
			if s := other.fetch(t); s.Status != subscription.Active {
				t.Errorf("paid among others: %+v", s)
			}
		}()
	}
	wait.Wait()
}

func (b *buyer) testWebhooks(t *testing.T) {
	told := func(what string, err error) {
		t.Helper()
		b.must(t, err)
		b.fetch(t)
		if len(b.told(t)) == 0 {
			t.Errorf("no webhook tells that %s", what)
		}
	}
	page := b.checkout(t)
	told("a card was declined", b.Fail(page))
	told("the checkout was paid", b.Pay(page))
	told("the end was set", b.Payments.CancelAtPeriodEnd(t.Context(), b.customer, true))
	told("the end was taken back", b.Payments.CancelAtPeriodEnd(t.Context(), b.customer, false))
	told("the subscription was renewed", b.Renew(b.customer))
	told("the renewal failed", b.FailRenewal(b.customer))
	told("the invoice was paid", b.Recover(b.customer))
	told("the subscription was ended", b.Cancel(b.customer))
}

func (b *buyer) testApart(t *testing.T) {
	s := b.subscribe(t)
	other := &buyer{PaymentsRig: b.PaymentsRig}
	other.customer = other.newCustomer(t)
	if got := other.fetch(t); got.Status != subscription.None || got.ID != "" {
		t.Errorf("another's purchase: %+v", got)
	}
	other.subscribe(t)
	other.must(t, other.Cancel(other.customer))
	b.sameButAt(t, s)
}
