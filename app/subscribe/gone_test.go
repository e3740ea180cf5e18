package subscribe_test

import (
	"errors"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// known keeps a record as a name of the user's that the company does not know any more.
func (w *world) known(t *testing.T, s subscription.Snapshot) (customer string) {
	t.Helper()
	r := subscription.Record{User: ada, Customer: "cus_old", Snapshot: s}
	if err := (memory.Subscriptions{Store: w.store}).Save(t.Context(), r, s.ProUntil(time.Hour)); err != nil {
		t.Fatal(err)
	}
	return r.Customer
}

// runs is a subscription that has 20 days to go.
func (w *world) runs() subscription.Snapshot {
	now := w.clock.Now()
	return subscription.Snapshot{ID: "sub_old", Status: subscription.Active, PeriodStart: now.AddDate(0, 0, -10), PeriodEnd: now.AddDate(0, 0, 20), At: now}
}

func (w *world) told(t *testing.T, event, customer string) {
	t.Helper()
	if err := w.receive(t.Context(), event, customer); err != nil {
		t.Errorf("%s: %v", event, err)
	}
}

func (w *world) kept(t *testing.T) subscription.Record {
	t.Helper()
	r, err := (memory.Subscriptions{Store: w.store}).Get(t.Context(), ada)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Of whom the company tells and then knows nothing, it has deleted: what lived has ended.
func TestACustomerDeletedThere(t *testing.T) {
	for _, status := range []subscription.Status{subscription.Active, subscription.Trialing, subscription.PastDue, subscription.Unpaid, subscription.Paused} {
		w := newWorld(t)
		lived := w.runs()
		lived.Status, lived.CancelAtPeriodEnd = status, true
		customer, began := w.known(t, lived), w.clock.Now()
		w.told(t, "evt_1", customer)
		w.tier(t, ada, subscription.Basic, subscription.Canceled)
		got := w.kept(t)
		if s := got.Snapshot; s.ID != lived.ID || !s.PeriodEnd.Equal(lived.PeriodEnd) || s.Ended.Before(began) || s.Ended.After(w.clock.Now()) {
			t.Errorf("%s became %+v", status, s)
		}
		w.told(t, "evt_2", customer) // the next changes nothing
		if again := w.kept(t); again != got {
			t.Errorf("told again: %+v, before %+v", again, got)
		}
		w.bought(t) // under another name
		w.refresh(t, subscription.Pro, subscription.Active)
	}
}

// What does not live stays what it is.
func TestNothingThatLivedThere(t *testing.T) {
	for _, status := range []subscription.Status{subscription.None, subscription.Incomplete, subscription.IncompleteExpired, subscription.Canceled} {
		w := newWorld(t)
		s := w.runs()
		s.Status, s.Ended = status, s.PeriodStart
		customer := w.known(t, s)
		before := w.kept(t)
		w.told(t, "evt_1", customer)
		if got := w.kept(t); got != before {
			t.Errorf("%+v became %+v", before, got)
		}
	}
}

// A name that is the user's no more tells nothing of what they have under another.
func TestAFormerCustomerDeletedThere(t *testing.T) {
	w := newWorld(t)
	former := w.known(t, w.runs())
	w.told(t, "evt_1", w.bought(t))
	w.fetched = 0
	w.told(t, "evt_2", former)
	w.tier(t, ada, subscription.Pro, subscription.Active)
	if w.fetched != 0 {
		t.Errorf("the company was asked %d times", w.fetched)
	}
}

// Nor when the user gets the other name, and buys, while the company is asked about this one.
func TestACustomerRenamedMeanwhile(t *testing.T) {
	w := newWorld(t)
	former := w.known(t, w.runs())
	w.meanwhile = func() {
		w.meanwhile = nil
		w.told(t, "evt_2", w.bought(t))
	}
	w.told(t, "evt_1", former)
	w.tier(t, ada, subscription.Pro, subscription.Active)
}

// It may have been a mistake: what lives there after all is found soon, and nobody is asked about for ever.
func TestACustomerFoundAgain(t *testing.T) {
	for _, found := range []bool{true, false} {
		w := newWorld(t)
		w.told(t, "evt_1", w.bought(t))
		w.gone = true
		w.told(t, "evt_2", w.customer(t))
		w.tier(t, ada, subscription.Basic, subscription.Canceled)
		w.gone = !found
		if found {
			w.after(t, 6*time.Minute, subscribe.Round{Repaired: 1}, nil)
			w.tier(t, ada, subscription.Pro, subscription.Active)
			continue
		}
		w.after(t, 6*time.Minute, subscribe.Round{Unknown: 1}, nil)
		w.after(t, 24*time.Hour, subscribe.Round{}, nil)
	}
}

// Whichever call fails, the event comes again, and does then what it should have.
func TestEveryFailureOfAnEnd(t *testing.T) {
	for n := 1; ; n++ {
		w := newWorld(t)
		w.told(t, "evt_1", w.bought(t))
		w.gone, w.in = true, n
		err := w.receive(t.Context(), "evt_2", w.customer(t))
		if w.in > 0 {
			if err != nil || n < 5 {
				t.Errorf("after %d calls: %v", n-1, err)
			}
			return
		}
		if !errors.Is(err, errAway) {
			t.Errorf("call %d failed, and it said %v", n, err)
		}
		w.told(t, "evt_2", w.customer(t))
		w.tier(t, ada, subscription.Basic, subscription.Canceled)
	}
}
