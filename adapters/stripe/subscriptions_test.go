package stripe_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
	"github.com/kuvaka-tech/parley/core/subscription"
)

const list = "GET /v1/subscriptions"

// Of all that a customer ever had the live one is seen, though it is the oldest and on the list's last page.
func TestFetchSeesAll(t *testing.T) {
	w := newWorld(t, stripetest.V2025)
	customer, other := w.customer(t), w.customer(t)
	live := w.company.Subscribe(customer)
	w.company.Subscribe(other)
	for range 250 {
		check(t, w.company.Unsubscribe(w.company.Subscribe(customer)))
	}
	if s := w.fetch(t, customer); s.ID != live || s.Status != subscription.Active {
		t.Errorf("%+v", s)
	}
	if n := w.company.Calls()[list]; n != 3 {
		t.Errorf("%d calls for 251 subscriptions", n)
	}
	check(t, w.CancelAtPeriodEnd(t.Context(), customer, true))
	if s := w.fetch(t, customer); s.ID != live || !s.CancelAtPeriodEnd {
		t.Errorf("cancelled: %+v", s)
	}
}

// A snapshot is as old as the question, not as the answer.
func TestFetchIsDatedFromItsBeginning(t *testing.T) {
	w := newWorld(t, stripetest.V2023)
	customer := w.subscriber(t)
	asked := w.Now()
	w.meddling(t, list, func() { w.pass(time.Minute) })
	if s := w.fetch(t, customer); !s.At.Equal(asked) {
		t.Errorf("asked at %s: %+v", asked, s)
	}
}

// Every live subscription is changed, in either form that an end has.
func TestCancelEach(t *testing.T) {
	for _, v := range versions {
		w := newWorld(t, v)
		customer := w.subscriber(t)
		check(t, w.company.CancelInPortal(customer))
		if s := w.fetch(t, customer); !s.CancelAtPeriodEnd {
			t.Errorf("%s: cancelled in the portal: %+v", v, s)
		}
		w.company.Subscribe(customer)
		w.company.Take()
		for _, c := range []struct {
			cancel  bool
			changes int
		}{{true, 1}, {true, 0}, {false, 2}, {false, 0}, {true, 2}} { // the first was about to end already
			check(t, w.CancelAtPeriodEnd(t.Context(), customer, c.cancel))
			if s := w.fetch(t, customer); s.CancelAtPeriodEnd != c.cancel {
				t.Errorf("%s: %+v", v, s)
			}
			if n := len(w.company.Take()); n != c.changes {
				t.Errorf("%s: setting the end to %v changed %d", v, c.cancel, n)
			}
		}
		w.pass(32 * 24 * time.Hour)
		if s := w.fetch(t, customer); s.Status != subscription.Canceled {
			t.Errorf("%s: one lives on: %+v", v, s)
		}
	}
}

// What ends while it is to be cancelled leaves nothing to cancel, and the customer is no unknown one.
func TestEndedMeanwhile(t *testing.T) {
	w := newWorld(t, stripetest.V2023)
	customer := w.subscriber(t)
	w.meddling(t, "POST /v1/subscriptions/", func() { check(t, w.company.CancelNow(customer)) })
	if err := w.CancelAtPeriodEnd(t.Context(), customer, true); !errors.Is(err, subscription.ErrNotSubscribed) {
		t.Error(err)
	}
}

// What Stripe writes of a subscription, in its own words, and what is understood.
func TestShapes(t *testing.T) {
	const first, last = `"current_period_start":1772366400,"current_period_end":1775044800`, `"current_period_start":1772366401,"current_period_end":1775044801`
	from, until := time.Unix(1772366400, 0).UTC(), time.Unix(1775044800, 0).UTC()
	want := subscription.Snapshot{ID: "sub_1", Status: subscription.Active, PeriodStart: from, PeriodEnd: until, At: start}
	with := func(change func(s *subscription.Snapshot)) subscription.Snapshot { s := want; change(&s); return s }
	ends := with(func(s *subscription.Snapshot) { s.CancelAtPeriodEnd = true })
	for body, want := range map[string]subscription.Snapshot{
		`"status":"active",` + first: want,
		`"status":"active","cancel_at":null,"ended_at":null,"items":{"object":"list","data":[{` + first + `}]}`: want,
		`"status":"active","items":{"data":[{"id":"si_1"}]},` + first:                                           want,
		`"status":"active","items":{"data":[{` + last + `},{` + first + `}]}`: with(func(s *subscription.Snapshot) {
			s.PeriodStart, s.PeriodEnd = from.Add(time.Second), until.Add(time.Second)
		}),
		`"status":"active","cancel_at_period_end":true,"cancel_at":1775044800,` + first: ends,
		`"status":"active","cancel_at":1775044800,"items":{"data":[{` + first + `}]}`:   ends,
		`"status":"active","cancel_at":1780000000,` + first:                             want, // in a later period
		`"status":"trialing",` + first:                                                  with(func(s *subscription.Snapshot) { s.Status = subscription.Trialing }),
		`"status":"canceled","ended_at":1772366401,` + first: with(func(s *subscription.Snapshot) {
			s.Status, s.Ended = subscription.Canceled, from.Add(time.Second)
		}),
		`"status":"incomplete_expired","ended_at":1772366401,` + first: with(func(s *subscription.Snapshot) { s.Status = subscription.IncompleteExpired }),
		`"status":"something_new",` + first:                            with(func(s *subscription.Snapshot) { s.Status = "something_new" }),
		`"status":"active"`:                                            with(func(s *subscription.Snapshot) { s.PeriodStart, s.PeriodEnd = time.Time{}, time.Time{} }),
	} {
		w := newWorld(t, stripetest.V2023)
		customer := w.customer(t)
		w.company.Break(stripetest.Fault{Route: list, Status: http.StatusOK, Body: `{"object":"list","data":[{"id":"sub_1","object":"subscription",` + body + `}]}`})
		if diff := cmp.Diff(want, w.fetch(t, customer)); diff != "" {
			t.Errorf("%s:\n%s", body, diff)
		}
	}
}

// A list without an end, or with a hole, must not hang or panic.
func TestOddLists(t *testing.T) {
	w := newWorld(t, stripetest.V2023)
	customer := w.subscriber(t)
	for body, want := range map[string]struct {
		err   error
		calls int
	}{
		`{"object":"list","has_more":true,"data":[{"id":"sub_1","object":"subscription","status":"canceled"}]}`: {subscription.ErrUnavailable, 100},
		`{"object":"list","has_more":true,"data":[]}`:                                                           {nil, 1},
		`{"object":"list","has_more":false,"data":[null]}`:                                                      {subscription.ErrUnavailable, 1},
		`{"object":"list"}`:                                      {subscription.ErrUnavailable, 1},
		`{"object":"list","data":[]}`:                            {nil, 1},
		`{"object":"list","data":{}}`:                            {subscription.ErrUnavailable, 1},
		`{"object":"list","data":` + strings.Repeat("[", 20_000): {subscription.ErrUnavailable, 1},
		`{}`:     {subscription.ErrUnavailable, 1},
		`null`:   {subscription.ErrUnavailable, 1},
		`[]`:     {subscription.ErrUnavailable, 1},
		``:       {subscription.ErrUnavailable, 1},
		`<html>`: {subscription.ErrUnavailable, 1},
	} {
		w.company.Mend()
		w.company.Break(stripetest.Fault{Route: list, Status: http.StatusOK, Body: body})
		before := w.company.Calls()[list]
		if s, err := w.Fetch(t.Context(), customer); !errors.Is(err, want.err) || s.Live() || w.company.Calls()[list]-before != want.calls {
			t.Errorf("%.80s: %+v, %v after %d calls", body, s, err, w.company.Calls()[list]-before)
		}
	}
}
