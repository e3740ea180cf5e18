package portstest

import (
	"context"
	"errors"

	"github.com/kuvaka-tech/parley/core/subscription"
)

func (t *paymentsTest) cancelAtPeriodEnd(cancel bool) {
	t.Helper()
	must(t, t.Payments.CancelAtPeriodEnd(t.Context(), t.customer, cancel))
}

// wantNotSubscribed checks that CancelAtPeriodEnd fails with ErrNotSubscribed.
func (t *paymentsTest) wantNotSubscribed(when string, cancel bool) {
	t.Helper()
	err := t.Payments.CancelAtPeriodEnd(t.Context(), t.customer, cancel)
	if !errors.Is(err, subscription.ErrNotSubscribed) {
		t.Errorf("CancelAtPeriodEnd(%v) %s: error = %v, want ErrNotSubscribed", cancel, when, err)
	}
}

func (t *paymentsTest) cancellation() {
	want := t.subscribe()
	for _, cancel := range []bool{true, true, false, false, true} {
		t.cancelAtPeriodEnd(cancel)
		want.CancelAtPeriodEnd = cancel
		t.wantUnchanged(want)
	}
}

func (t *paymentsTest) cancelNothing() {
	wantRefused := func(when string) {
		t.Helper()
		t.wantNotSubscribed(when, true)
		t.wantNotSubscribed(when, false)
	}
	wantRefused("before the first checkout")
	must(t, t.Decline(t.checkout()))
	wantRefused("after a declined card")
	t.subscribe()
	must(t, t.CancelNow(t.customer))
	wantRefused("after the subscription has ended")
}

// The pages expire even if there is no subscription to cancel, because a customer
// who cancels wants to buy nothing more.
func (t *paymentsTest) cancellationExpiresPages() {
	wantExpired := func(when string, pages ...string) {
		t.Helper()
		before := t.fetch()
		t.wantNotSubscribed(when, true)
		for _, page := range pages {
			if t.Pay(page) == nil || t.Decline(page) == nil {
				t.Errorf("%s: the page can still be paid after a cancellation, want it expired", when)
			}
		}
		if s := t.fetch(); s.Live() || s.ID != before.ID {
			t.Errorf("%s: the subscription is %+v after a cancellation, want no new one", when, s)
		}
	}
	wantExpired("with an open page", t.checkout())
	wantExpired("with two open pages", t.checkout(), t.checkout())
	page := t.checkout()
	must(t, t.Decline(page))
	wantExpired("after a declined card", page)
	t.subscribe() // on a new page
	must(t, t.CancelNow(t.customer))
	wantExpired("after the subscription has ended", t.checkout())
	t.wantSubscriptionsCreated(2) // an incomplete one for the declined card, and the paid one
}

// wantAllFail checks that every method but those in except fails with this error.
func (t *paymentsTest) wantAllFail(ctx context.Context, want error, except ...string) {
	t.Helper()
	errs := t.callAll(ctx)
	for _, method := range except {
		delete(errs, method)
	}
	for method, err := range errs {
		if !errors.Is(err, want) {
			t.Errorf("%s: error = %v, want %v", method, err, want)
		}
	}
}

func (t *paymentsTest) unknownCustomer() {
	t.customer = "cus_unknown"
	t.wantAllFail(t.Context(), subscription.ErrUnknownCustomer, "Customer", "DeleteCustomer")
}

func (t *paymentsTest) deleteCustomer() {
	t.Helper()
	must(t, t.Payments.DeleteCustomer(t.Context(), t.customer))
}

func (t *paymentsTest) deletedCustomer() {
	t.subscribe()
	t.newEvents()
	t.deleteCustomer()
	t.wantAllFail(t.Context(), subscription.ErrUnknownCustomer, "Customer", "DeleteCustomer")
	if len(t.newEvents()) == 0 {
		t.Error("no webhook about the customer after the deletion, want one for the end of the subscription")
	}
}

func (t *paymentsTest) deletedTwice() {
	t.subscribe()
	t.deleteCustomer()
	t.deleteCustomer()
	t.customer = "cus_unknown"
	t.deleteCustomer()
}

func (t *paymentsTest) deletedWithPages() {
	pages := []string{t.checkout(), t.checkout()}
	t.deleteCustomer()
	for _, page := range pages {
		if t.Pay(page) == nil || t.Decline(page) == nil {
			t.Error("a page of a deleted customer can still be paid, want it expired")
		}
	}
	t.wantSubscriptionsCreated(0)
}

func (t *paymentsTest) customerAfterDeletion() {
	userID := newID(t)
	first, err := t.Payments.Customer(t.Context(), userID)
	must(t, err)
	must(t, t.Payments.DeleteCustomer(t.Context(), first))
	second, err := t.Payments.Customer(t.Context(), userID)
	must(t, err)
	if second == first {
		t.Errorf("the user has the deleted customer %s, want another one", first)
	}
}

func (t *paymentsTest) cancelledSubscriptionEnds() {
	before := t.subscribe()
	t.cancelAtPeriodEnd(true)
	must(t, t.Renew(t.customer))
	s := t.wantStatus("after the period", subscription.Canceled)
	if s.ID != before.ID || !s.Ended.Equal(before.PeriodEnd) || s.Live() {
		t.Errorf("the subscription is %+v, want one that ended at %s", s, before.PeriodEnd)
	}
}

func (t *paymentsTest) renewal() {
	before := t.subscribe()
	t.cancelAtPeriodEnd(true)
	t.cancelAtPeriodEnd(false)
	for range 3 {
		must(t, t.Renew(t.customer))
		s := t.wantStatus("after the renewal", subscription.Active)
		if s.ID != before.ID || !s.PeriodStart.Equal(before.PeriodEnd) || !s.PeriodEnd.After(s.FetchedAt) {
			t.Fatalf("after the renewal of %+v the subscription is %+v, want the next period", before, s)
		}
		before = s
	}
}

// subscribePastDue returns a subscription whose renewal has failed.
func (t *paymentsTest) subscribePastDue() subscription.Snapshot {
	t.Helper()
	before := t.subscribe()
	must(t, t.FailRenewal(t.customer))
	s := t.wantStatus("after the failed renewal", subscription.PastDue)
	if s.ID != before.ID || !s.Live() || !s.PeriodStart.Equal(before.PeriodEnd) {
		t.Fatalf("after the failed renewal the subscription is %+v, want a live one whose period starts at %s",
			s, before.PeriodEnd)
	}
	return s
}

func (t *paymentsTest) renewalPaidLate() {
	want := t.subscribePastDue()
	must(t, t.PayInvoice(t.customer))
	want.Status = subscription.Active
	t.wantUnchanged(want)
	must(t, t.Renew(t.customer))
	if s := t.wantStatus("after the next renewal", subscription.Active); !s.PeriodStart.Equal(want.PeriodEnd) {
		t.Errorf("after the next renewal the period starts at %s, want %s", s.PeriodStart, want.PeriodEnd)
	}
}

func (t *paymentsTest) renewalNeverPaid() {
	before := t.subscribePastDue()
	must(t, t.ExpireInvoice(t.customer))
	s := t.fetch()
	if s.Status != subscription.Canceled && s.Status != subscription.Unpaid {
		t.Errorf("after the invoice was given up the status is %q, want canceled or unpaid", s.Status)
	}
	t.wantNoEntitlement(s, before)
}

func (t *paymentsTest) cancelledNow() {
	before := t.subscribe()
	must(t, t.CancelNow(t.customer))
	s := t.wantStatus("after it was cancelled immediately", subscription.Canceled)
	if s.Live() {
		t.Errorf("the subscription is %+v, want one that is not live", s)
	}
	t.wantNoEntitlement(s, before)
}

// wantNoEntitlement checks that the subscription is the earlier one and no longer entitles to Pro.
func (t *paymentsTest) wantNoEntitlement(s, earlier subscription.Snapshot) {
	t.Helper()
	if s.ID != earlier.ID || s.ProUntil(paymentsGrace).After(s.FetchedAt) {
		t.Errorf("the subscription is %+v, want %s without an entitlement", s, earlier.ID)
	}
}

func (t *paymentsTest) subscribeAgain() {
	old := t.subscribe()
	must(t, t.CancelNow(t.customer))
	if s := t.subscribe(); s.ID == old.ID {
		t.Errorf("the second subscription has the id %s of the first, want a new one", s.ID)
	}
}

func (t *paymentsTest) portal() {
	page, err := t.Payments.Portal(t.Context(), t.customer, accountURL)
	must(t, err)
	t.wantAbsoluteURL(page)
	other, err := t.Payments.Portal(t.Context(), t.withNewCustomer().customer, accountURL)
	must(t, err)
	if other == page {
		t.Errorf("two customers have the same portal page %s, want different pages", page)
	}
}

func (t *paymentsTest) outage() {
	s := t.subscribe()
	t.SetOutage(true)
	t.wantAllFail(t.Context(), subscription.ErrUnavailable)
	t.SetOutage(false)
	t.wantUnchanged(s)
}

func (t *paymentsTest) cancelledCalls() {
	s := t.subscribe()
	t.wantAllFail(cancelledContext(), context.Canceled)
	t.wantUnchanged(s)
}

func (t *paymentsTest) webhooks() {
	wantEvents := func(what string, err error) {
		t.Helper()
		must(t, err)
		t.fetch()
		if len(t.newEvents()) == 0 {
			t.Errorf("no webhook about the customer after %s, want at least one", what)
		}
	}
	setCancel := func(cancel bool) error {
		return t.Payments.CancelAtPeriodEnd(t.Context(), t.customer, cancel)
	}
	page := t.checkout()
	wantEvents("a declined card", t.Decline(page))
	wantEvents("the payment", t.Pay(page))
	wantEvents("the cancellation", setCancel(true))
	wantEvents("the cancellation was cleared", setCancel(false))
	wantEvents("the renewal", t.Renew(t.customer))
	wantEvents("the failed renewal", t.FailRenewal(t.customer))
	wantEvents("the payment of the invoice", t.PayInvoice(t.customer))
	wantEvents("the end of the subscription", t.CancelNow(t.customer))
}
