package stripe_test

import (
	"errors"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
	"github.com/kuvaka-tech/parley/core/subscription"
)

const listSubscriptionsRoute = "GET /v1/subscriptions"

// Fetch finds the live subscription even when it is the oldest, on the last page of the list.
func TestFetchReadsAllPages(t *testing.T) {
	f := newFixture(t, stripetest.V2025)
	customer, other := f.newCustomer(t), f.newCustomer(t)
	live := f.stripe.Subscribe(customer)
	f.stripe.Subscribe(other)
	for range 250 {
		must(t, f.stripe.Unsubscribe(f.stripe.Subscribe(customer)))
	}
	if s := f.fetch(t, customer); s.ID != live || s.Status != subscription.Active {
		t.Errorf("fetched %+v, want the active subscription %s", s, live)
	}
	if n := f.stripe.Calls()[listSubscriptionsRoute]; n != 3 {
		t.Errorf("%d calls for 251 subscriptions, want 3", n)
	}
	must(t, f.CancelAtPeriodEnd(t.Context(), customer, true))
	if s := f.fetch(t, customer); s.ID != live || !s.CancelAtPeriodEnd {
		t.Errorf("fetched %+v, want %s to be cancelled at the end of its period", s, live)
	}
}

// FetchedAt is the start of the call, because the state may change before the response arrives.
func TestSnapshotTimeIsTheStartOfTheCall(t *testing.T) {
	f := newFixture(t, stripetest.V2023)
	customer := f.newSubscriber(t)
	called := f.clock.Now()
	f.beforeRequest(t, listSubscriptionsRoute, func() { f.advance(time.Minute) })
	if s := f.fetch(t, customer); !s.FetchedAt.Equal(called) {
		t.Errorf("snapshot time = %s, want the start of the call %s", s.FetchedAt, called)
	}
}

// CancelAtPeriodEnd changes every live subscription, in both forms of an end.
func TestCancelAllSubscriptions(t *testing.T) {
	for _, version := range apiVersions {
		f := newFixture(t, version)
		customer := f.newSubscriber(t)
		must(t, f.stripe.CancelInPortal(customer))
		if s := f.fetch(t, customer); !s.CancelAtPeriodEnd {
			t.Errorf("%s: after cancelling in the portal: %+v, want CancelAtPeriodEnd", version, s)
		}
		f.stripe.Subscribe(customer)
		f.stripe.TakeWebhooks()
		for _, step := range []struct {
			cancel      bool
			wantChanges int
		}{
			{true, 1}, // the portal has already cancelled the first
			{true, 0},
			{false, 2},
			{false, 0},
			{true, 2},
		} {
			must(t, f.CancelAtPeriodEnd(t.Context(), customer, step.cancel))
			if s := f.fetch(t, customer); s.CancelAtPeriodEnd != step.cancel {
				t.Errorf("%s: %+v, want CancelAtPeriodEnd %v", version, s, step.cancel)
			}
			if n := len(f.stripe.TakeWebhooks()); n != step.wantChanges {
				t.Errorf("%s: %v changed %d subscriptions, want %d", version, step.cancel, n, step.wantChanges)
			}
		}
		f.advance(32 * 24 * time.Hour)
		if s := f.fetch(t, customer); s.Status != subscription.Canceled {
			t.Errorf("%s: after the end of the period: %+v, want it canceled", version, s)
		}
	}
}

// A subscription that ends during the call gives ErrNotSubscribed, not ErrUnknownCustomer.
func TestSubscriptionEndsDuringCancel(t *testing.T) {
	f := newFixture(t, stripetest.V2023)
	customer := f.newSubscriber(t)
	f.beforeRequest(t, "POST /v1/subscriptions/", func() { must(t, f.stripe.CancelNow(customer)) })
	if err := f.CancelAtPeriodEnd(t.Context(), customer, true); !errors.Is(err, subscription.ErrNotSubscribed) {
		t.Errorf("cancelling a subscription that ends: %v, want ErrNotSubscribed", err)
	}
}
