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

// The shapes of Stripe's subscription objects, and the snapshots that are read from them.
func TestSubscriptionShapes(t *testing.T) {
	const (
		first = `"current_period_start":1772366400,"current_period_end":1775044800`
		later = `"current_period_start":1772366401,"current_period_end":1775044801` // ends a second later
	)
	from, until := time.Unix(1772366400, 0).UTC(), time.Unix(1775044800, 0).UTC()
	active := subscription.Snapshot{
		ID:          "sub_1",
		Status:      subscription.Active,
		PeriodStart: from,
		PeriodEnd:   until,
		FetchedAt:   start,
	}
	with := func(change func(s *subscription.Snapshot)) subscription.Snapshot { s := active; change(&s); return s }
	withoutPeriod := with(func(s *subscription.Snapshot) { s.PeriodStart, s.PeriodEnd = time.Time{}, time.Time{} })
	withStatus := func(status subscription.Status) subscription.Snapshot {
		return with(func(s *subscription.Snapshot) { s.Status = status })
	}
	cancelled := with(func(s *subscription.Snapshot) { s.CancelAtPeriodEnd = true })
	endsLater := with(func(s *subscription.Snapshot) {
		s.PeriodStart, s.PeriodEnd = from.Add(time.Second), until.Add(time.Second)
	})
	ended := withStatus(subscription.Canceled)
	ended.Ended = from.Add(time.Second)
	for _, test := range []struct {
		fields string
		want   subscription.Snapshot
	}{
		{`"status":"active",` + first, active},
		{`"status":"active","cancel_at":null,"ended_at":null,"items":{"data":[{` + first + `}]}`, active},
		{`"status":"active","items":{"data":[{"id":"si_1"}]},` + first, active},
		{`"status":"active","items":{"data":[{` + later + `},{` + first + `}]}`, endsLater},
		{`"status":"active","cancel_at_period_end":true,"cancel_at":1775044800,` + first, cancelled},
		{`"status":"active","cancel_at":1775044800,"items":{"data":[{` + first + `}]}`, cancelled},
		{`"status":"active","cancel_at":1780000000,` + first, active}, // in a later period
		{`"status":"trialing",` + first, withStatus(subscription.Trialing)},
		{`"status":"canceled","ended_at":1772366401,` + first, ended},
		{`"status":"incomplete_expired","ended_at":1772366401,` + first, withStatus(subscription.IncompleteExpired)},
		{`"status":"something_new",` + first, withStatus("something_new")},
		{`"status":"active"`, withoutPeriod},
	} {
		f := newFixture(t, stripetest.V2023)
		customer := f.newCustomer(t)
		sub := `{"id":"sub_1","object":"subscription",` + test.fields + `}`
		f.injectSubscriptionList(`{"object":"list","data":[` + sub + `]}`)
		if diff := cmp.Diff(test.want, f.fetch(t, customer)); diff != "" {
			t.Errorf("snapshot of %s (-want +got):\n%s", test.fields, diff)
		}
	}
}

// injectSubscriptionList makes Stripe respond to every request for a list of subscriptions with the body.
func (f *fixture) injectSubscriptionList(body string) {
	f.stripe.ClearFaults()
	f.stripe.InjectFault(stripetest.Fault{Route: listSubscriptionsRoute, Status: http.StatusOK, Body: body})
}

// An endless or malformed list must not hang or panic.
func TestMalformedLists(t *testing.T) {
	f := newFixture(t, stripetest.V2023)
	customer := f.newSubscriber(t)
	const canceled = `{"id":"sub_1","object":"subscription","status":"canceled"}`
	for _, test := range []struct {
		body      string
		wantErr   error
		wantCalls int
	}{
		{`{"object":"list","has_more":true,"data":[` + canceled + `]}`, subscription.ErrUnavailable, 100},
		{`{"object":"list","has_more":true,"data":[]}`, nil, 1},
		{`{"object":"list","has_more":false,"data":[null]}`, subscription.ErrUnavailable, 1},
		{`{"object":"list"}`, subscription.ErrUnavailable, 1},
		{`{"object":"list","data":[]}`, nil, 1},
		{`{"object":"list","data":{}}`, subscription.ErrUnavailable, 1},
		{`{"object":"list","data":` + strings.Repeat("[", 20_000), subscription.ErrUnavailable, 1},
		{`{}`, subscription.ErrUnavailable, 1},
		{`null`, subscription.ErrUnavailable, 1},
		{`[]`, subscription.ErrUnavailable, 1},
		{``, subscription.ErrUnavailable, 1},
		{`<html>`, subscription.ErrUnavailable, 1},
	} {
		f.injectSubscriptionList(test.body)
		before := f.stripe.Calls()[listSubscriptionsRoute]
		s, err := f.Fetch(t.Context(), customer)
		if !errors.Is(err, test.wantErr) || s.Live() {
			t.Errorf("%.80s: fetched %+v, %v; want error %v and no live subscription", test.body, s, err, test.wantErr)
		}
		if n := f.stripe.Calls()[listSubscriptionsRoute] - before; n != test.wantCalls {
			t.Errorf("%.80s: %d calls, want %d", test.body, n, test.wantCalls)
		}
	}
}
