package subscribe_test

import (
	"context"
	"errors"
	"testing"

	"github.com/kuvaka-tech/parley/core/subscription"
)

// uses calls each method that a request can use, as ada.
var uses = map[string]func(ctx context.Context, h *harness, customer string) error{
	"checkout": func(ctx context.Context, h *harness, _ string) error {
		_, err := h.openCheckout(ctx)
		return err
	},
	"overview": func(ctx context.Context, h *harness, _ string) error {
		_, err := h.Overview(ctx, ada)
		return err
	},
	"cancel": func(ctx context.Context, h *harness, _ string) error {
		_, err := h.SetCancelAtPeriodEnd(ctx, ada, true)
		return err
	},
	"portal": func(ctx context.Context, h *harness, _ string) error {
		_, err := h.Portal(ctx, ada, "")
		return err
	},
	"refresh": func(ctx context.Context, h *harness, _ string) error {
		_, err := h.Refresh(ctx, ada)
		return err
	},
	"webhook": func(ctx context.Context, h *harness, customer string) error {
		return h.deliver(ctx, "evt_2", customer)
	},
}

// Every method returns the error of every port, and succeeds when it is called again.
func TestEveryMethodReturnsEveryPortError(t *testing.T) {
	for name, use := range uses {
		t.Run(name, func(t *testing.T) {
			failEachCall(t, errorRun{
				minCalls: 1,
				setup: func(h *harness) (customer string) {
					if name == "checkout" { // fails with a live subscription
						return ""
					}
					return h.buyProWithWebhook(t)
				},
				use: func(h *harness, customer string) error { return use(t.Context(), h, customer) },
				after: func(h *harness, customer string) {
					if err := use(t.Context(), h, customer); err != nil {
						t.Errorf("the second call failed: %v", err)
					}
				},
			})
		})
	}
}

// Two concurrent first checkouts of a user use the same customer.
func TestConcurrentFirstCheckouts(t *testing.T) {
	h := newHarness(t)
	h.onceBeforeSave(func() {
		if _, err := h.openCheckout(t.Context()); err != nil {
			t.Errorf("the concurrent checkout: %v", err)
		}
	})
	if _, err := h.openCheckout(t.Context()); err != nil {
		t.Errorf("the first checkout: %v", err)
	}
}

// While the provider does not know the customer, there is no subscription to change.
func TestProviderForgetsCustomer(t *testing.T) {
	h := newHarness(t)
	customer := h.buyProWithWebhook(t)
	h.changeUnknown = true
	for _, name := range []string{"cancel", "portal"} {
		if err := uses[name](t.Context(), h, customer); !errors.Is(err, subscription.ErrNotSubscribed) {
			t.Errorf("%s of an unknown customer: %v, want ErrNotSubscribed", name, err)
		}
	}
	h.changeUnknown = false
	if _, err := h.openCheckout(t.Context()); !errors.Is(err, subscription.ErrAlreadyPro) {
		t.Errorf("checkout after the provider knows the customer again: %v, want ErrAlreadyPro", err)
	}
}
