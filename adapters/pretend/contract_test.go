package pretend_test

import (
	"errors"
	"path"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/core/subscription"
)

const day = 24 * time.Hour

func TestTimeRenewsWhatNobodyLookedAt(t *testing.T) {
	w := newWorld(t)
	customer := w.subscriber(t)
	w.deliveries()
	w.pass(100 * day)
	s := w.fetch(t, customer)
	if s.Status != subscription.Active || !s.PeriodStart.Equal(start.AddDate(0, 3, 0)) || !s.PeriodEnd.Equal(start.AddDate(0, 4, 0)) {
		t.Errorf("100 days later: %+v", s)
	}
	if n := len(w.deliveries()); n != 6 {
		t.Errorf("%d webhooks tell of 3 renewals", n)
	}
}

func TestRenewalsAreOnTime(t *testing.T) {
	w := newWorld(t)
	customer := w.subscriber(t)
	end := start.AddDate(0, 1, 0)
	w.pass(end.Sub(start) - time.Microsecond)
	if s := w.fetch(t, customer); !s.PeriodEnd.Equal(end) {
		t.Errorf("renewed early: %+v", s)
	}
	w.pass(time.Microsecond)
	if s := w.fetch(t, customer); !s.PeriodStart.Equal(end) {
		t.Errorf("not renewed: %+v", s)
	}
}

func TestUnpaidEndsAfter14Days(t *testing.T) {
	w := newWorld(t)
	customer := w.subscriber(t)
	if err := w.FailNextRenewal(customer); err != nil {
		t.Fatal(err)
	}
	due := start.AddDate(0, 1, 0)
	w.pass(due.Sub(start) + 14*day - time.Microsecond)
	if s := w.fetch(t, customer); s.Status != subscription.PastDue || !s.PeriodStart.Equal(due) {
		t.Errorf("given up early: %+v", s)
	}
	w.pass(5 * day)
	if s := w.fetch(t, customer); s.Status != subscription.Canceled || !s.Ended.Equal(due.Add(14*day)) {
		t.Errorf("not given up: %+v", s)
	}
}

func TestRecoveryBeforeTheRenewal(t *testing.T) {
	w := newWorld(t)
	customer := w.subscriber(t)
	if err := errors.Join(w.FailNextRenewal(customer), w.Recover(customer), w.passPeriod(customer)); err != nil {
		t.Fatal(err)
	}
	if s := w.fetch(t, customer); s.Status != subscription.Active {
		t.Errorf("with a card that works again: %+v", s)
	}
}

func TestIncompleteExpires(t *testing.T) {
	w := newWorld(t)
	customer := w.customer(t)
	session := path.Base(w.checkout(t, customer))
	if err := w.Decline(session); err != nil {
		t.Fatal(err)
	}
	first := w.fetch(t, customer)
	w.pass(23 * time.Hour)
	if s := w.fetch(t, customer); s.ID != first.ID || s.Status != subscription.IncompleteExpired {
		t.Errorf("a day later: %+v", s)
	}
	if _, err := w.Pay(session); err != nil {
		t.Fatal(err)
	}
	if s := w.fetch(t, customer); s.ID == first.ID || s.Status != subscription.Active {
		t.Errorf("an expired subscription lives again: %+v", s)
	}
}

func TestEndPeriod(t *testing.T) {
	for name, c := range map[string]struct {
		before func(w *world, customer string) error
		want   subscription.Status
	}{
		"renews": {func(*world, string) error { return nil }, subscription.Active},
		"ends what was cancelled": {func(w *world, customer string) error {
			return w.CancelAtPeriodEnd(t.Context(), customer, true)
		}, subscription.Canceled},
		"fails": {(*world).failNext, subscription.PastDue},
		"gives up what is past due": {func(w *world, customer string) error {
			return errors.Join(w.FailNextRenewal(customer), w.EndPeriod(customer))
		}, subscription.Canceled},
	} {
		w := newWorld(t)
		customer := w.subscriber(t)
		w.pass(day)
		if err := errors.Join(c.before(w, customer), w.EndPeriod(customer)); err != nil {
			t.Fatal(err)
		}
		s := w.fetch(t, customer)
		if s.Status != c.want {
			t.Errorf("%s: %+v", name, s)
		}
		if s.Live() && !s.PeriodStart.Equal(start.Add(day)) || !s.Live() && !s.Ended.Equal(start.Add(day)) {
			t.Errorf("%s: not now: %+v", name, s)
		}
	}
}

func (w *world) failNext(customer string) error { return w.FailNextRenewal(customer) }

func TestButtonsNeedASubscription(t *testing.T) {
	w := newWorld(t)
	for name, press := range map[string]func(string) error{
		"end the period": w.EndPeriod, "fail": w.FailNextRenewal, "recover": w.Recover, "cancel": w.CancelNow,
	} {
		if err := press(w.customer(t)); !errors.Is(err, subscription.ErrNotSubscribed) {
			t.Errorf("%s: %v", name, err)
		}
		if err := press("cus_unknown"); !errors.Is(err, subscription.ErrUnknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckoutIsOver(t *testing.T) {
	w := newWorld(t)
	customer := w.customer(t)
	paid, late := path.Base(w.checkout(t, customer)), path.Base(w.checkout(t, customer))
	if to, err := w.Pay(paid); err != nil || to != "https://app.example/success" {
		t.Fatal(to, err)
	}
	w.pass(24 * time.Hour)
	for name, session := range map[string]string{"paid": paid, "expired": late} {
		if _, err := w.Pay(session); !errors.Is(err, pretend.ErrOver) {
			t.Errorf("%s, paid: %v", name, err)
		}
		if err := w.Decline(session); !errors.Is(err, pretend.ErrOver) {
			t.Errorf("%s, declined: %v", name, err)
		}
		if to, err := w.Abandon(session); err != nil || to != "https://app.example/cancel" {
			t.Errorf("%s, left for %q: %v", name, to, err)
		}
	}
	if _, err := w.Pay("cs_test_unknown"); !errors.Is(err, pretend.ErrNoPage) {
		t.Errorf("unknown: %v", err)
	}
}

// Of two pages one can be paid: what is sold is sold once.
func TestTwoPages(t *testing.T) {
	w := newWorld(t)
	customer := w.subscriber(t)
	other := path.Base(w.checkout(t, customer))
	if _, err := w.Pay(other); !errors.Is(err, pretend.ErrOver) {
		t.Errorf("paid twice: %v", err)
	}
	if err := w.CancelNow(customer); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Pay(other); err != nil {
		t.Errorf("once the first has ended: %v", err)
	}
}
