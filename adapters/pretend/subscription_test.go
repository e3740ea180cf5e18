package pretend_test

import (
	"errors"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// Several renewals that became due between two calls are all made, each with its webhooks.
func TestMissedRenewalsAreMade(t *testing.T) {
	f := newFixture(t)
	customer := f.newSubscriber(t)
	f.takeDeliveries()
	f.Advance(100 * day)
	s := f.fetch(t, customer)
	if s.Status != subscription.Active ||
		!s.PeriodStart.Equal(start.AddDate(0, 3, 0)) || !s.PeriodEnd.Equal(start.AddDate(0, 4, 0)) {
		t.Errorf("after 100 days: %+v, want an active subscription in its fourth month", s)
	}
	if n := len(f.takeDeliveries()); n != 6 {
		t.Errorf("%d webhooks for 3 renewals, want 6", n)
	}
}

func TestRenewalTime(t *testing.T) {
	f := newFixture(t)
	customer := f.newSubscriber(t)
	end := start.AddDate(0, 1, 0)
	f.Advance(end.Sub(start) - time.Microsecond)
	if s := f.fetch(t, customer); !s.PeriodEnd.Equal(end) {
		t.Errorf("before the end of the period: %+v, want no renewal", s)
	}
	f.Advance(time.Microsecond)
	if s := f.fetch(t, customer); !s.PeriodStart.Equal(end) {
		t.Errorf("at the end of the period: %+v, want a renewal", s)
	}
}

func TestUnpaidRenewalEndsAfter14Days(t *testing.T) {
	f := newFixture(t)
	customer := f.newSubscriber(t)
	must(t, f.FailRenewals(customer))
	renewal := start.AddDate(0, 1, 0)
	f.Advance(renewal.Sub(start) + 14*day - time.Microsecond)
	if s := f.fetch(t, customer); s.Status != subscription.PastDue || !s.PeriodStart.Equal(renewal) {
		t.Errorf("before the end of the retries: %+v, want it past due since the renewal", s)
	}
	f.Advance(5 * day)
	if s := f.fetch(t, customer); s.Status != subscription.Canceled || !s.Ended.Equal(renewal.Add(14*day)) {
		t.Errorf("after the end of the retries: %+v, want it canceled 14 days after the renewal", s)
	}
}

func TestCardReplacedBeforeRenewal(t *testing.T) {
	f := newFixture(t)
	customer := f.newSubscriber(t)
	must(t, errors.Join(f.FailRenewals(customer), f.ReplaceCard(customer), f.advanceToPeriodEnd(customer)))
	if s := f.fetch(t, customer); s.Status != subscription.Active {
		t.Errorf("renewal with a replaced card: %+v, want it active", s)
	}
}

// An incomplete subscription expires after 23 hours. Paying later creates another subscription.
func TestIncompleteExpires(t *testing.T) {
	f := newFixture(t)
	customer := f.newCustomer(t)
	checkoutID := f.newCheckoutID(t, customer)
	must(t, f.Decline(checkoutID))
	first := f.fetch(t, customer)
	f.Advance(23 * time.Hour)
	if s := f.fetch(t, customer); s.ID != first.ID || s.Status != subscription.IncompleteExpired {
		t.Errorf("after 23 hours: %+v, want %s to be expired", s, first.ID)
	}
	_, err := f.Pay(checkoutID)
	must(t, err)
	if s := f.fetch(t, customer); s.ID == first.ID || s.Status != subscription.Active {
		t.Errorf("after paying late: %+v, want a new active subscription", s)
	}
}

func TestEndPeriod(t *testing.T) {
	for name, test := range map[string]struct {
		prepare func(f *fixture, customer string) error
		want    subscription.Status
	}{
		"an active subscription renews": {func(*fixture, string) error { return nil }, subscription.Active},
		"a cancelled subscription ends": {func(f *fixture, customer string) error {
			return f.CancelAtPeriodEnd(t.Context(), customer, true)
		}, subscription.Canceled},
		"a renewal fails": {func(f *fixture, customer string) error {
			return f.FailRenewals(customer)
		}, subscription.PastDue},
		"a past due subscription ends": {func(f *fixture, customer string) error {
			return errors.Join(f.FailRenewals(customer), f.EndPeriod(customer))
		}, subscription.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			customer := f.newSubscriber(t)
			f.Advance(day)
			must(t, errors.Join(test.prepare(f, customer), f.EndPeriod(customer)))
			s := f.fetch(t, customer)
			if s.Status != test.want {
				t.Errorf("status = %s, want %s: %+v", s.Status, test.want, s)
			}
			if s.Live() && !s.PeriodStart.Equal(start.Add(day)) || !s.Live() && !s.Ended.Equal(start.Add(day)) {
				t.Errorf("%+v, want the next period or the end to be now", s)
			}
		})
	}
}

func TestActionsNeedASubscription(t *testing.T) {
	f := newFixture(t)
	for name, act := range map[string]func(customer string) error{
		"EndPeriod":    f.EndPeriod,
		"FailRenewals": f.FailRenewals,
		"ReplaceCard":  f.ReplaceCard,
		"CancelNow":    f.CancelNow,
	} {
		if err := act(f.newCustomer(t)); !errors.Is(err, subscription.ErrNotSubscribed) {
			t.Errorf("%s without a subscription: %v, want ErrNotSubscribed", name, err)
		}
		if err := act("cus_unknown"); !errors.Is(err, subscription.ErrUnknownCustomer) {
			t.Errorf("%s for an unknown customer: %v, want ErrUnknownCustomer", name, err)
		}
	}
}

// A paid or expired checkout cannot be paid, but it still leads back to the app.
func TestCheckoutIsOver(t *testing.T) {
	f := newFixture(t)
	customer := f.newCustomer(t)
	paid, expired := f.newCheckoutID(t, customer), f.newCheckoutID(t, customer)
	if next, err := f.Pay(paid); err != nil || next != successURL {
		t.Fatalf("paying = %q, %v; want the success URL", next, err)
	}
	f.Advance(24 * time.Hour)
	for name, checkoutID := range map[string]string{"paid": paid, "expired": expired} {
		if _, err := f.Pay(checkoutID); !errors.Is(err, pretend.ErrCheckoutOver) {
			t.Errorf("paying the %s checkout: %v, want ErrCheckoutOver", name, err)
		}
		if err := f.Decline(checkoutID); !errors.Is(err, pretend.ErrCheckoutOver) {
			t.Errorf("declining the %s checkout: %v, want ErrCheckoutOver", name, err)
		}
		if next, err := f.Abandon(checkoutID); err != nil || next != cancelURL {
			t.Errorf("leaving the %s checkout = %q, %v; want the cancel URL", name, next, err)
		}
	}
	if _, err := f.Pay("cs_test_unknown"); !errors.Is(err, pretend.ErrNoPage) {
		t.Errorf("paying an unknown checkout: %v, want ErrNoPage", err)
	}
}

// A subscriber cannot pay on a second page until the subscription has ended.
func TestSecondCheckout(t *testing.T) {
	f := newFixture(t)
	customer := f.newSubscriber(t)
	second := f.newCheckoutID(t, customer)
	if _, err := f.Pay(second); !errors.Is(err, pretend.ErrCheckoutOver) {
		t.Errorf("paying while subscribed: %v, want ErrCheckoutOver", err)
	}
	must(t, f.CancelNow(customer))
	if _, err := f.Pay(second); err != nil {
		t.Errorf("paying after the subscription has ended: %v, want success", err)
	}
}
