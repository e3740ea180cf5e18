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

// erases takes the account, as it may go in the middle of a request.
func (w *world) erases(t *testing.T) func() {
	return func() {
		w.meanwhile, w.paged = nil, nil
		if err := (memory.Eraser{Store: w.store}).Erase(t.Context(), ada); err != nil {
			t.Error(err)
		}
	}
}

// Whose account goes before the company's answer is kept has a token that is worth nothing.
func TestOneWhoIsErasedMeanwhile(t *testing.T) {
	for name, use := range map[string]func(w *world) error{
		"refresh":  func(w *world) error { _, err := w.Refresh(t.Context(), ada); return err },
		"checkout": func(w *world) error { _, err := w.Checkout(t.Context(), ada, subscribe.Returns{}); return err },
		"cancel":   func(w *world) error { _, err := w.Schedule(t.Context(), ada, true); return err },
	} {
		w := newWorld(t)
		w.told(t, "evt_0", w.bought(t))
		w.meanwhile = w.erases(t)
		if err := use(w); !errors.Is(err, session.ErrBadToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w := newWorld(t)
	w.meanwhile = w.erases(t)
	if _, err := w.Checkout(t.Context(), ada, subscribe.Returns{}); !errors.Is(err, session.ErrBadToken) {
		t.Errorf("a first checkout: %v", err)
	}
}

// A webhook about one who goes in that moment is taken, and comes no more.
func TestAWebhookOfOneWhoIsErasedMeanwhile(t *testing.T) {
	w := newWorld(t)
	customer := w.bought(t)
	w.meanwhile = w.erases(t)
	w.told(t, "evt_1", customer)
	w.fetched = 0
	if w.told(t, "evt_1", customer); w.fetched != 0 {
		t.Error("it was not marked as applied")
	}
}

// The page of one who is erased while it is made can be paid by nobody.
func TestAPageOfOneWhoIsErasedMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.paged = w.erases(t)
	if url, err := w.Checkout(t.Context(), ada, subscribe.Returns{}); !errors.Is(err, session.ErrBadToken) {
		t.Errorf("%q, %v", url, err)
	}
	if _, err := w.company.Pay(w.page[len("http://pay/pretend/checkout/"):]); err == nil {
		t.Error("it was paid all the same")
	}
}
