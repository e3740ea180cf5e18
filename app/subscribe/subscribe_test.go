package subscribe_test

import (
	"context"
	"errors"
	"testing"

	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// Whichever call of a port fails, the use case says so; asked again, it works.
func TestEveryFailureComesOut(t *testing.T) {
	for name, use := range map[string]func(w *world, ctx context.Context, customer string) error{
		"checkout": func(w *world, ctx context.Context, _ string) error {
			_, err := w.Checkout(ctx, ada, subscribe.Returns{})
			return err
		},
		"status":  func(w *world, ctx context.Context, _ string) error { _, err := w.Status(ctx, ada); return err },
		"cancel":  func(w *world, ctx context.Context, _ string) error { _, err := w.Schedule(ctx, ada, true); return err },
		"portal":  func(w *world, ctx context.Context, _ string) error { _, err := w.Portal(ctx, ada, ""); return err },
		"refresh": func(w *world, ctx context.Context, _ string) error { _, err := w.Refresh(ctx, ada); return err },
		"webhook": func(w *world, ctx context.Context, c string) error { return w.receive(ctx, "evt_1", c) },
	} {
		t.Run(name, func(t *testing.T) {
			for n := 1; ; n++ {
				w := newWorld(t)
				customer := "unknown"
				if name != "checkout" {
					customer = w.bought(t)
					if err := w.receive(t.Context(), "evt_0", customer); err != nil {
						t.Fatal(err)
					}
				}
				w.in = n
				err := use(w, t.Context(), customer)
				if w.in > 0 { // fewer calls than that
					if err != nil || n == 1 {
						t.Errorf("after %d calls: %v", n-1, err)
					}
					return
				}
				if !errors.Is(err, errAway) {
					t.Errorf("call %d failed, and it said %v", n, err)
				}
				if err := use(w, t.Context(), customer); err != nil {
					t.Errorf("asked again after call %d failed: %v", n, err)
				}
			}
		})
	}
}

// What was fetched before another saved is fetched anew.
func TestASaveThatComesTooLate(t *testing.T) {
	w := newWorld(t)
	customer := w.bought(t)
	w.stale, w.fetched = 19, 0
	if err := w.receive(t.Context(), "evt_1", customer); err != nil || w.fetched != 20 {
		t.Errorf("fetched %d times: %v", w.fetched, err)
	}
	if s, err := w.Status(t.Context(), ada); err != nil || s.Tier != subscription.Pro {
		t.Errorf("status %+v, %v", s, err)
	}
	w.stale, w.fetched = 20, 0
	if err := w.receive(t.Context(), "evt_2", customer); !errors.Is(err, subscription.ErrStale) || w.fetched != 20 {
		t.Errorf("fetched %d times: %v", w.fetched, err)
	}
	if err := w.receive(t.Context(), "evt_2", customer); err != nil { // not marked as applied
		t.Error(err)
	}
	if err := w.receive(t.Context(), "evt_2", customer); err != nil || w.fetched != 21 {
		t.Errorf("fetched %d times: %v", w.fetched, err)
	}
}

// Two first requests of one user make one customer.
func TestACustomerMadeByAnotherRequestMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.meanwhile = func() {
		w.meanwhile = nil
		if _, err := w.Checkout(t.Context(), ada, subscribe.Returns{}); err != nil {
			t.Error(err)
		}
	}
	if _, err := w.Checkout(t.Context(), ada, subscribe.Returns{}); err != nil {
		t.Error(err)
	}
}

// The company no longer knows its own customer, who had nothing: an event about it means nothing.
func TestACustomerThatIsGoneThere(t *testing.T) {
	w := newWorld(t)
	if _, err := w.Checkout(t.Context(), ada, subscribe.Returns{}); err != nil {
		t.Fatal(err)
	}
	customer, err := w.company.Customer(t.Context(), ada)
	if err != nil {
		t.Fatal(err)
	}
	w.gone = true
	if err := w.receive(t.Context(), "evt_1", customer); err != nil {
		t.Error(err)
	}
	if s, err := w.Status(t.Context(), ada); err != nil || s.Tier != subscription.Basic {
		t.Errorf("status %+v, %v", s, err)
	}
}

// A company that knows the customer no more has no subscription of theirs to change.
func TestACompanyThatForgot(t *testing.T) {
	w := newWorld(t)
	if err := w.receive(t.Context(), "evt_1", w.bought(t)); err != nil {
		t.Fatal(err)
	}
	w.forgot = true
	if _, err := w.Schedule(t.Context(), ada, true); !errors.Is(err, subscription.ErrNotSubscribed) {
		t.Errorf("cancelling: %v", err)
	}
	if _, err := w.Portal(t.Context(), ada, ""); !errors.Is(err, subscription.ErrNotSubscribed) {
		t.Errorf("the portal: %v", err)
	}
	w.forgot = false
	if _, err := w.Checkout(t.Context(), ada, subscribe.Returns{}); !errors.Is(err, subscription.ErrAlreadyPro) {
		t.Errorf("once it remembers: %v", err)
	}
}

// What the company did not sign is not even entered.
func TestAForgedWebhook(t *testing.T) {
	w := newWorld(t)
	customer := w.bought(t)
	w.fetched = 0
	for _, signature := range []string{"", "t=1,v1=00", customer} {
		if _, err := w.Receive(t.Context(), []byte(`{"id":"evt_1"}`), signature); !errors.Is(err, subscription.ErrSignature) {
			t.Errorf("signed %q: %v", signature, err)
		}
	}
	if err := w.receive(t.Context(), "evt_1", customer); err != nil || w.fetched != 1 {
		t.Errorf("the genuine one: fetched %d times, %v", w.fetched, err)
	}
}
