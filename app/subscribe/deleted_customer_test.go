package subscribe_test

import (
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// saveOldCustomer stores a record of ada with a customer that the provider does not know.
func (h *harness) saveOldCustomer(t *testing.T, s subscription.Snapshot) (customer string) {
	t.Helper()
	r := subscription.Record{User: ada, Customer: "cus_old", Snapshot: s}
	if err := (memory.Subscriptions{Store: h.store}).Save(t.Context(), r, s.ProUntil(time.Hour)); err != nil {
		t.Fatalf("saving the record: %v", err)
	}
	return r.Customer
}

// activeSnapshot returns a subscription whose period ends in 20 days.
func (h *harness) activeSnapshot() subscription.Snapshot {
	now := h.clock.Now()
	return subscription.Snapshot{
		ID:          "sub_old",
		Status:      subscription.Active,
		PeriodStart: now.AddDate(0, 0, -10),
		PeriodEnd:   now.AddDate(0, 0, 20),
		FetchedAt:   now,
	}
}

var (
	liveStatuses = []subscription.Status{
		subscription.Active,
		subscription.Trialing,
		subscription.PastDue,
		subscription.Unpaid,
		subscription.Paused,
	}
	otherStatuses = []subscription.Status{
		subscription.None,
		subscription.Incomplete,
		subscription.IncompleteExpired,
		subscription.Canceled,
	}
)

// A webhook about a customer that the provider does not know any more means that the
// customer was deleted. Its live subscription has ended.
func TestWebhookAboutDeletedCustomerEndsLiveSubscription(t *testing.T) {
	for _, status := range liveStatuses {
		h := newHarness(t)
		live := h.activeSnapshot()
		live.Status = status
		live.CancelAtPeriodEnd = true
		customer := h.saveOldCustomer(t, live)
		start := h.clock.Now()
		h.mustDeliver(t, "evt_1", customer)
		h.checkOverview(t, ada, plan.Basic, subscription.Canceled)
		ended := h.record(t)
		if s := ended.Snapshot; s.ID != live.ID || !s.PeriodEnd.Equal(live.PeriodEnd) {
			t.Errorf("%s: the ended subscription is %+v, want the id and period of %+v", status, s, live)
		}
		if at := ended.Snapshot.Ended; at.Before(start) || at.After(h.clock.Now()) {
			t.Errorf("%s: the subscription ended at %v, want the time of the webhook", status, at)
		}
		h.mustDeliver(t, "evt_2", customer)
		if again := h.record(t); again != ended {
			t.Errorf("%s: a second webhook changed the record to %+v, want %+v", status, again, ended)
		}
		h.buyPro(t) // creates another customer
		h.checkRefresh(t, plan.Pro, subscription.Active)
	}
}

func TestWebhookAboutDeletedCustomerKeepsOtherStatuses(t *testing.T) {
	for _, status := range otherStatuses {
		h := newHarness(t)
		s := h.activeSnapshot()
		s.Status = status
		s.Ended = s.PeriodStart
		customer := h.saveOldCustomer(t, s)
		before := h.record(t)
		h.mustDeliver(t, "evt_1", customer)
		if got := h.record(t); got != before {
			t.Errorf("%s: the record changed to %+v, want %+v", status, got, before)
		}
	}
}

// A user has bought Pro again as another customer. A webhook about the former customer has no effect.
func TestWebhookAboutFormerCustomerIsIgnored(t *testing.T) {
	h := newHarness(t)
	former := h.saveOldCustomer(t, h.activeSnapshot())
	h.buyProWithWebhook(t)
	h.fetches = 0
	h.mustDeliver(t, "evt_2", former)
	h.checkOverview(t, ada, plan.Pro, subscription.Active)
	h.checkFetches(t, 0)
}

// The user buys Pro as another customer while the webhook about the former one is processed.
func TestCustomerIsReplacedDuringWebhook(t *testing.T) {
	h := newHarness(t)
	former := h.saveOldCustomer(t, h.activeSnapshot())
	h.onceBeforeSave(func() { h.mustDeliver(t, "evt_2", h.buyPro(t)) })
	h.mustDeliver(t, "evt_1", former)
	h.checkOverview(t, ada, plan.Pro, subscription.Active)
}

// The provider may have lost the customer by mistake. If the customer comes back, a recheck finds the
// subscription soon. If not, the rechecks end.
func TestDeletedCustomerIsRechecked(t *testing.T) {
	for _, comesBack := range []bool{true, false} {
		h := newHarness(t)
		customer := h.buyProWithWebhook(t)
		h.fetchUnknown = true
		h.mustDeliver(t, "evt_2", customer)
		h.checkOverview(t, ada, plan.Basic, subscription.Canceled)
		if comesBack {
			h.fetchUnknown = false
			h.reconcileAfter(t, 6*time.Minute, subscribe.ReconcileResult{Repaired: 1}, nil)
			h.checkOverview(t, ada, plan.Pro, subscription.Active)
			continue
		}
		h.reconcileAfter(t, 6*time.Minute, subscribe.ReconcileResult{Unknown: 1}, nil)
		h.reconcileAfter(t, 24*time.Hour, subscribe.ReconcileResult{}, nil)
	}
}

// When a webhook fails, the retried webhook ends the subscription.
func TestWebhookAboutDeletedCustomerIsRetriedAfterEveryError(t *testing.T) {
	failEachCall(t, errorRun{
		minCalls: 4,
		setup: func(h *harness) (customer string) {
			customer = h.buyProWithWebhook(t)
			h.fetchUnknown = true
			return customer
		},
		use: func(h *harness, customer string) error { return h.deliver(t.Context(), "evt_2", customer) },
		after: func(h *harness, customer string) {
			h.mustDeliver(t, "evt_2", customer)
			h.checkOverview(t, ada, plan.Basic, subscription.Canceled)
		},
	})
}
