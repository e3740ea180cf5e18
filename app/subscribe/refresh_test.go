package subscribe_test

import (
	"errors"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// checkRefresh checks the overview that Refresh returns for ada.
func (h *harness) checkRefresh(t *testing.T, tier plan.Tier, status subscription.Status) {
	t.Helper()
	o, err := h.Refresh(t.Context(), ada)
	if err != nil || o.Tier != tier || o.Status != status {
		t.Errorf("Refresh returned %+v, %v, want tier %s and status %s", o, err, tier, status)
	}
}

// A user who returns from a checkout page sees Pro before the webhook arrives.
func TestRefreshWithoutWebhook(t *testing.T) {
	h := newHarness(t)
	h.checkRefresh(t, plan.Basic, subscription.None)
	h.checkFetches(t, 0) // a user who is no customer
	h.buyPro(t)
	h.checkOverview(t, ada, plan.Basic, subscription.None)
	h.checkRefresh(t, plan.Pro, subscription.Active)
	h.fetchUnknown = true
	h.checkRefresh(t, plan.Pro, subscription.Active)
}

// A user can cause 20 requests to the provider per minute, over all methods.
func TestRateLimitOfUser(t *testing.T) {
	h := newHarness(t)
	h.buyPro(t) // uses one request
	h.fetches = 0
	for range 19 {
		h.checkRefresh(t, plan.Pro, subscription.Active)
	}
	for _, name := range []string{"refresh", "checkout", "cancel", "portal"} {
		err := uses[name](t.Context(), h, "")
		if !errors.Is(err, fault.ErrRateLimited) || fault.Of(err).RetryAfter < 50*time.Second {
			t.Errorf("%s as the 21st request: %v, want ErrRateLimited for at least 50s", name, err)
		}
	}
	h.checkFetches(t, 19)
	h.clock.advance(time.Minute)
	h.checkRefresh(t, plan.Pro, subscription.Active)
}

// A client whose account is erased during the request gets the error of an invalid token.
func TestAccountIsErasedDuringRequest(t *testing.T) {
	for _, name := range []string{"refresh", "checkout", "cancel"} {
		h := newHarness(t)
		customer := h.buyProWithWebhook(t)
		h.beforeSave = h.eraseAda(t)
		if err := uses[name](t.Context(), h, customer); !errors.Is(err, session.ErrBadToken) {
			t.Errorf("%s: %v, want session.ErrBadToken", name, err)
		}
	}
}

func TestAccountIsErasedDuringFirstCheckout(t *testing.T) {
	h := newHarness(t)
	h.beforeSave = h.eraseAda(t)
	if _, err := h.openCheckout(t.Context()); !errors.Is(err, session.ErrBadToken) {
		t.Errorf("the first checkout: %v, want session.ErrBadToken", err)
	}
	h.deleteCustomers(t, subscribe.DeletionResult{Deleted: 1}) // the customer was created
}

// A checkout page that is opened while the account is erased cannot be paid.
func TestCheckoutPageOfErasedAccountIsClosed(t *testing.T) {
	h := newHarness(t)
	h.afterCheckout = h.eraseAda(t)
	if page, err := h.openCheckout(t.Context()); !errors.Is(err, session.ErrBadToken) {
		t.Errorf("Checkout returned %q, %v, want session.ErrBadToken", page, err)
	}
	h.deleteCustomers(t, subscribe.DeletionResult{Deleted: 1})
	if err := h.pay(h.checkoutPage); err == nil {
		t.Error("the page could be paid, want it closed")
	}
}
