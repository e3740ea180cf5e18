package subscribe_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// reconcileAfter reconciles one batch after a pause and checks its result. wantErr nil means success.
func (h *harness) reconcileAfter(
	t *testing.T, pause time.Duration, want subscribe.ReconcileResult, wantErr error,
) {
	t.Helper()
	h.clock.advance(pause)
	got, err := h.Reconcile(t.Context())
	if got != want || !errors.Is(err, wantErr) {
		t.Errorf("the batch returned %+v, %v, want %+v, %v", got, err, want, wantErr)
	}
}

// reconcileEvery reconciles n batches, each after a pause, which must all succeed.
func (h *harness) reconcileEvery(t *testing.T, pause time.Duration, n int) {
	t.Helper()
	for range n {
		h.clock.advance(pause)
		if _, err := h.Reconcile(t.Context()); err != nil {
			t.Fatalf("reconciling: %v", err)
		}
	}
}

// Without any webhook, every change of a subscription is found within an hour.
func TestReconcileWithoutWebhooks(t *testing.T) {
	h := newHarness(t)
	customer := h.buyPro(t)
	h.reconcileAfter(t, time.Minute, subscribe.ReconcileResult{}, nil)
	h.checkOverview(t, ada, plan.Basic, subscription.None)
	h.reconcileAfter(t, 4*time.Minute, subscribe.ReconcileResult{Repaired: 1}, nil)
	h.checkOverview(t, ada, plan.Pro, subscription.Active)
	h.reconcileAfter(t, 59*time.Minute, subscribe.ReconcileResult{}, nil)
	h.reconcileAfter(t, time.Minute, subscribe.ReconcileResult{Unchanged: 1}, nil)

	checkFound := func(change string, err error, tier plan.Tier, status subscription.Status) {
		t.Helper()
		if err != nil {
			t.Fatalf("change %s failed: %v", change, err)
		}
		h.reconcileAfter(t, time.Hour, subscribe.ReconcileResult{Repaired: 1}, nil)
		h.checkOverview(t, ada, tier, status)
	}
	err := errors.Join(h.provider.FailRenewals(customer), h.provider.EndPeriod(customer))
	checkFound("failing the renewal", err, plan.Basic, subscription.PastDue) // the grace period is an hour
	checkFound("replacing the card", h.provider.ReplaceCard(customer), plan.Pro, subscription.Active)
	err = h.provider.CancelAtPeriodEnd(t.Context(), customer, true)
	checkFound("cancelling at the period's end", err, plan.Pro, subscription.Active)
	checkFound("cancelling now", h.provider.CancelNow(customer), plan.Basic, subscription.Canceled)

	h.fetches = 0
	h.reconcileEvery(t, time.Hour, 30*24)
	if h.fetches == 0 || h.fetches > 11 {
		t.Errorf("an ended subscription was fetched %d times in 30 days, want 1 to 11", h.fetches)
	}
}

// A checkout page that is opened months after the first one is rechecked like the first one.
func TestReconcileAfterLateCheckout(t *testing.T) {
	h := newHarness(t)
	if _, err := h.openCheckout(t.Context()); err != nil {
		t.Fatalf("opening the first checkout page: %v", err)
	}
	h.reconcileEvery(t, 24*time.Hour, 60)
	h.buyPro(t)
	h.reconcileAfter(t, 6*time.Minute, subscribe.ReconcileResult{Repaired: 1}, nil)
	h.checkOverview(t, ada, plan.Pro, subscription.Active)
}

// A failed recheck is repeated after 5 minutes and does not block other customers.
func TestReconcileWithOneFailingCustomer(t *testing.T) {
	h := newHarness(t)
	h.failingCustomer = h.buyPro(t)
	other := id.ID("01890a5d-ac96-774b-bcce-b302099a8058")
	h.addUser(t, other, "+15550001001")
	h.buyProAs(t, other)
	h.reconcileAfter(t, 6*time.Minute, subscribe.ReconcileResult{Repaired: 1, Failed: 1}, errInjected)
	h.checkOverview(t, other, plan.Pro, subscription.Active)
	h.reconcileAfter(t, 4*time.Minute, subscribe.ReconcileResult{}, nil)
	h.reconcileAfter(t, time.Minute, subscribe.ReconcileResult{Failed: 1}, errInjected)
	h.failingCustomer = ""
	h.reconcileAfter(t, 5*time.Minute, subscribe.ReconcileResult{Repaired: 1}, nil)
	h.checkOverview(t, ada, plan.Pro, subscription.Active)
}

// All processes together recheck at most 5 customers per second.
func TestReconcileRate(t *testing.T) {
	h := newHarness(t)
	for i := range 12 {
		userID := id.ID(fmt.Sprintf("01890a5d-ac96-774b-bcce-b3020990%04d", i))
		h.addUser(t, userID, fmt.Sprintf("+1555000%04d", 2000+i))
		h.buyProAs(t, userID)
	}
	h.clock.advance(time.Hour)
	for i, want := range []subscribe.ReconcileResult{{Repaired: 5}, {Repaired: 5}, {Repaired: 2}, {}} {
		h.reconcileAfter(t, time.Second, want, nil)
		h.reconcileAfter(t, 0, subscribe.ReconcileResult{}, nil) // as another process in the same second
		if wantFull := i < 2; want.Full() != wantFull {
			t.Errorf("batch %d: Full = %v, want %v", i, want.Full(), wantFull)
		}
	}
}

// A customer that the provider does not know stays Pro until the end of the paid
// period, and is rechecked daily until then.
func TestReconcileMissingCustomer(t *testing.T) {
	h := newHarness(t)
	h.buyProWithWebhook(t)
	h.fetchUnknown = true
	h.fetches = 0
	h.reconcileAfter(t, 2*time.Hour, subscribe.ReconcileResult{Unknown: 1}, nil)
	h.reconcileAfter(t, 23*time.Hour, subscribe.ReconcileResult{}, nil)
	h.checkOverview(t, ada, plan.Pro, subscription.Active)
	h.reconcileEvery(t, 24*time.Hour, 100)
	h.checkOverview(t, ada, plan.Basic, subscription.Active)
	if h.fetches < 30 || h.fetches > 33 {
		t.Errorf("the missing customer was fetched %d times, want 30 to 33", h.fetches)
	}
}

func TestAccountIsErasedDuringRecheck(t *testing.T) {
	h := newHarness(t)
	h.buyPro(t)
	h.fetchUnknown = true
	h.staleSaves = 1
	h.reconcileAfter(t, time.Hour, subscribe.ReconcileResult{Unknown: 1}, nil)
	h.fetchUnknown = false
	h.beforeSave = h.eraseAda(t)
	h.reconcileAfter(t, time.Hour, subscribe.ReconcileResult{Unchanged: 1}, nil)
	h.reconcileAfter(t, time.Hour, subscribe.ReconcileResult{}, nil)
}

func TestWebhookUpdatesRecordDuringRecheck(t *testing.T) {
	h := newHarness(t)
	customer := h.buyPro(t)
	h.onceBeforeSave(func() { h.mustDeliver(t, "evt_1", customer) })
	h.reconcileAfter(t, time.Hour, subscribe.ReconcileResult{Unchanged: 1}, nil) // the webhook repaired it
	h.checkOverview(t, ada, plan.Pro, subscription.Active)
}

// When a recheck fails, a later one repairs the record.
func TestRecheckIsRepeatedAfterEveryError(t *testing.T) {
	for name, c := range map[string]struct {
		missing bool
		want    subscribe.ReconcileResult
	}{
		"known customer":   {false, subscribe.ReconcileResult{Repaired: 1}},
		"missing customer": {true, subscribe.ReconcileResult{Unknown: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			failEachCall(t, errorRun{
				minCalls: 3,
				setup: func(h *harness) (customer string) {
					customer = h.buyPro(t)
					h.clock.advance(time.Hour)
					h.fetchUnknown = c.missing
					return customer
				},
				use: func(h *harness, _ string) error {
					_, err := h.Reconcile(t.Context())
					return err
				},
				after: func(h *harness, _ string) { h.reconcileAfter(t, time.Hour, c.want, nil) },
			})
		})
	}
}
