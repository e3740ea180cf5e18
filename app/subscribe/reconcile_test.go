package subscribe_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// after lets time pass and makes a round, which must come to this and fail or not.
func (w *world) after(t *testing.T, pause time.Duration, want subscribe.Round, failure error) {
	t.Helper()
	w.clock.pass(pause)
	got, err := w.Reconcile(t.Context())
	if got != want || !errors.Is(err, failure) || failure == nil && err != nil {
		t.Errorf("the round came to %+v, %v, want %+v, %v", got, err, want, failure)
	}
}

// tier asserts what a user is shown.
func (w *world) tier(t *testing.T, who id.ID, tier subscription.Tier, status subscription.Status) {
	t.Helper()
	if s, err := w.Status(t.Context(), who); err != nil || s.Tier != tier || s.Status != status {
		t.Errorf("status %+v, %v, want %s and %s", s, err, tier, status)
	}
}

// Without one webhook, all that befalls a subscription is known within an hour.
func TestReconcilingWithoutWebhooks(t *testing.T) {
	w := newWorld(t)
	customer := w.bought(t)
	w.after(t, time.Minute, subscribe.Round{}, nil)
	w.tier(t, ada, subscription.Basic, subscription.None)
	w.after(t, 4*time.Minute, subscribe.Round{Repaired: 1}, nil)
	w.tier(t, ada, subscription.Pro, subscription.Active)
	w.after(t, 59*time.Minute, subscribe.Round{}, nil)
	w.after(t, time.Minute, subscribe.Round{Same: 1}, nil)
	change := func(err error, tier subscription.Tier, status subscription.Status) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		w.after(t, time.Hour, subscribe.Round{Repaired: 1}, nil)
		w.tier(t, ada, tier, status)
	}
	change(errors.Join(w.company.FailNextRenewal(customer), w.company.EndPeriod(customer)), subscription.Basic, subscription.PastDue) // the grace is an hour
	change(w.company.Recover(customer), subscription.Pro, subscription.Active)
	change(w.company.CancelAtPeriodEnd(t.Context(), customer, true), subscription.Pro, subscription.Active)
	change(w.company.CancelNow(customer), subscription.Basic, subscription.Canceled)
	w.fetched = 0
	for range 30 * 24 {
		w.clock.pass(time.Hour)
		if _, err := w.Reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if w.fetched == 0 || w.fetched > 11 {
		t.Errorf("what has ended is asked about %d times", w.fetched)
	}
}

// A page that is opened after months is watched as the first one was.
func TestReconcilingALatePage(t *testing.T) {
	w := newWorld(t)
	if _, err := w.Checkout(t.Context(), ada, subscribe.Returns{}); err != nil {
		t.Fatal(err)
	}
	for range 60 {
		w.clock.pass(24 * time.Hour)
		if _, err := w.Reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.bought(t)
	w.after(t, 6*time.Minute, subscribe.Round{Repaired: 1}, nil)
	w.tier(t, ada, subscription.Pro, subscription.Active)
}

// A customer whose look fails comes again, and keeps no other waiting.
func TestOneThatFails(t *testing.T) {
	w := newWorld(t)
	w.broken = w.bought(t)
	other := id.ID("01890a5d-ac96-774b-bcce-b302099a8058")
	w.person(t, other, "+15550001001")
	w.boughtBy(t, other)
	w.after(t, 6*time.Minute, subscribe.Round{Repaired: 1, Failed: 1}, errAway)
	w.tier(t, other, subscription.Pro, subscription.Active)
	w.after(t, 4*time.Minute, subscribe.Round{}, nil)
	w.after(t, time.Minute, subscribe.Round{Failed: 1}, errAway)
	w.broken = ""
	w.after(t, 5*time.Minute, subscribe.Round{Repaired: 1}, nil)
	w.tier(t, ada, subscription.Pro, subscription.Active)
}

// However many are due, and however many processes ask, a second brings 5.
func TestTheRateOfReconciling(t *testing.T) {
	w := newWorld(t)
	for i := range 12 {
		who := id.ID(fmt.Sprintf("01890a5d-ac96-774b-bcce-b3020990%04d", i))
		w.person(t, who, fmt.Sprintf("+1555000%04d", 2000+i))
		w.boughtBy(t, who)
	}
	for i, want := range []subscribe.Round{{Repaired: 5}, {Repaired: 5}, {Repaired: 2}, {}} {
		w.after(t, max(time.Second, time.Duration(1-i)*time.Hour), want, nil)
		w.after(t, 0, subscribe.Round{}, nil) // another process
		if want.Full() != (i < 2) {
			t.Errorf("round %d is full: %v", i, want.Full())
		}
	}
}

// A customer that the company knows no more keeps what was promised, and is asked about until that is over.
func TestReconcilingACustomerThatIsGone(t *testing.T) {
	w := newWorld(t)
	if err := w.receive(t.Context(), "evt_1", w.bought(t)); err != nil {
		t.Fatal(err)
	}
	w.gone, w.fetched = true, 0
	w.after(t, 2*time.Hour, subscribe.Round{Unknown: 1}, nil)
	w.after(t, 23*time.Hour, subscribe.Round{}, nil)
	w.tier(t, ada, subscription.Pro, subscription.Active)
	for range 100 {
		w.clock.pass(24 * time.Hour)
		if _, err := w.Reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.tier(t, ada, subscription.Basic, subscription.Active)
	if w.fetched < 30 || w.fetched > 33 {
		t.Errorf("asked about %d times", w.fetched)
	}
}

// What changes under a round's hands is left as it is then.
func TestRecordsThatChangeMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.bought(t)
	w.gone, w.stale = true, 1
	w.after(t, time.Hour, subscribe.Round{Unknown: 1}, nil)
	w.gone = false
	w.meanwhile = func() {
		w.meanwhile = nil
		if err := (memory.Eraser{Store: w.store}).Erase(t.Context(), ada); err != nil {
			t.Error(err)
		}
	}
	w.after(t, time.Hour, subscribe.Round{Same: 1}, nil)
	w.after(t, time.Hour, subscribe.Round{}, nil)

	w = newWorld(t)
	customer := w.bought(t)
	w.meanwhile = func() {
		w.meanwhile = nil
		if err := w.receive(t.Context(), "evt_1", customer); err != nil {
			t.Error(err)
		}
	}
	w.after(t, time.Hour, subscribe.Round{Same: 1}, nil) // the webhook did it
	w.tier(t, ada, subscription.Pro, subscription.Active)
}

// Whichever call fails, the round says so, and what it left is looked at later.
func TestEveryFailureOfARound(t *testing.T) {
	for _, gone := range []bool{false, true} {
		for n := 1; ; n++ {
			w := newWorld(t)
			w.bought(t)
			w.clock.pass(time.Hour)
			w.gone, w.in = gone, n
			_, err := w.Reconcile(t.Context())
			if w.in > 0 {
				if err != nil || n < 4 {
					t.Errorf("after %d calls: %v", n-1, err)
				}
				break
			}
			if !errors.Is(err, errAway) {
				t.Errorf("call %d failed, and it said %v", n, err)
			}
			want := subscribe.Round{Repaired: 1}
			if gone {
				want = subscribe.Round{Unknown: 1}
			}
			w.after(t, time.Hour, want, nil)
		}
	}
}
