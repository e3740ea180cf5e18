package subscribe_test

import (
	"errors"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// refresh asserts what a user is shown once the company was asked.
func (w *world) refresh(t *testing.T, tier subscription.Tier, status subscription.Status) {
	t.Helper()
	if s, err := w.Refresh(t.Context(), ada); err != nil || s.Tier != tier || s.Status != status {
		t.Errorf("status %+v, %v, want %s and %s", s, err, tier, status)
	}
}

// Who comes back from paying need not wait for the webhook.
func TestRefreshIsFasterThanTheWebhook(t *testing.T) {
	w := newWorld(t)
	w.refresh(t, subscription.Basic, subscription.None)
	if w.fetched != 0 {
		t.Error("the company was asked about one it does not know")
	}
	w.bought(t)
	w.tier(t, ada, subscription.Basic, subscription.None)
	w.refresh(t, subscription.Pro, subscription.Active)
	w.gone = true
	w.refresh(t, subscription.Pro, subscription.Active)
}

// Nobody makes the company be asked more than 20 times a minute, by whatever they ask for.
func TestAsksAreBounded(t *testing.T) {
	w := newWorld(t)
	w.bought(t) // by one checkout
	w.fetched = 0
	for range 19 {
		w.refresh(t, subscription.Pro, subscription.Active)
	}
	for what, ask := range map[string]func() error{
		"refresh":  func() error { _, err := w.Refresh(t.Context(), ada); return err },
		"checkout": func() error { _, err := w.Checkout(t.Context(), ada, subscribe.Returns{}); return err },
		"cancel":   func() error { _, err := w.Schedule(t.Context(), ada, true); return err },
		"portal":   func() error { _, err := w.Portal(t.Context(), ada, ""); return err },
	} {
		if err := ask(); !errors.Is(err, fault.RateLimited) || fault.Of(err).RetryAfter < 50*time.Second {
			t.Errorf("a 21st ask, %s: %v", what, err)
		}
	}
	if w.fetched != 19 {
		t.Errorf("the company was asked %d times", w.fetched)
	}
	w.clock.pass(time.Minute)
	w.refresh(t, subscription.Pro, subscription.Active)
}

func TestRefreshOfOneWhoIsErasedMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.bought(t)
	w.meanwhile = func() {
		w.meanwhile = nil
		if err := (memory.Eraser{Store: w.store}).Erase(t.Context(), ada); err != nil {
			t.Error(err)
		}
	}
	if _, err := w.Refresh(t.Context(), ada); !errors.Is(err, session.ErrBadToken) {
		t.Errorf("it said %v", err)
	}
}

func TestACheckoutOfOneWhoIsErasedMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.meanwhile = func() {
		w.meanwhile = nil
		if err := (memory.Eraser{Store: w.store}).Erase(t.Context(), ada); err != nil {
			t.Error(err)
		}
	}
	if _, err := w.Checkout(t.Context(), ada, subscribe.Returns{}); !errors.Is(err, session.ErrBadToken) {
		t.Errorf("it said %v", err)
	}
}
