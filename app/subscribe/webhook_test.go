package subscribe_test

import (
	"errors"
	"testing"

	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// A webhook without a genuine signature is not recorded as an event.
func TestForgedWebhook(t *testing.T) {
	h := newHarness(t)
	customer := h.buyPro(t)
	h.fetches = 0
	for _, signature := range []string{"", "t=1,v1=00", customer} {
		_, err := h.ReceiveWebhook(t.Context(), []byte(`{"id":"evt_1"}`), signature)
		if !errors.Is(err, subscription.ErrSignature) {
			t.Errorf("signature %q: %v, want ErrSignature", signature, err)
		}
	}
	h.mustDeliver(t, "evt_1", customer)
	h.checkFetches(t, 1) // by the genuine event with the same id
}

// The provider deleted a customer who never subscribed. An event about this customer has no effect.
func TestWebhookAboutDeletedCustomerWithoutSubscription(t *testing.T) {
	h := newHarness(t)
	if _, err := h.openCheckout(t.Context()); err != nil {
		t.Fatalf("opening a checkout page: %v", err)
	}
	customer, err := h.provider.Customer(t.Context(), ada)
	if err != nil {
		t.Fatalf("asking the provider for the customer: %v", err)
	}
	h.fetchUnknown = true
	h.mustDeliver(t, "evt_1", customer)
	h.checkOverview(t, ada, plan.Basic, subscription.None)
}

// A webhook that arrives while its user's account is erased is applied once, without an error.
func TestAccountIsErasedDuringWebhook(t *testing.T) {
	h := newHarness(t)
	customer := h.buyPro(t)
	h.beforeSave = h.eraseAda(t)
	h.mustDeliver(t, "evt_1", customer)
	h.fetches = 0
	h.mustDeliver(t, "evt_1", customer)
	h.checkFetches(t, 0)
}

// After a stale save, the subscription is fetched again, up to 20 times.
func TestStaleSaveIsRetried(t *testing.T) {
	h := newHarness(t)
	customer := h.buyPro(t)
	h.staleSaves = 19
	h.fetches = 0
	h.mustDeliver(t, "evt_1", customer)
	h.checkFetches(t, 20)
	h.checkOverview(t, ada, plan.Pro, subscription.Active)

	h.staleSaves = 20
	h.fetches = 0
	if err := h.deliver(t.Context(), "evt_2", customer); !errors.Is(err, subscription.ErrStale) {
		t.Errorf("after 20 stale saves: %v, want ErrStale", err)
	}
	h.checkFetches(t, 20)
	h.mustDeliver(t, "evt_2", customer)
	h.checkFetches(t, 21) // the failed event was not marked as applied
	h.mustDeliver(t, "evt_2", customer)
	h.checkFetches(t, 21) // now it is
}
