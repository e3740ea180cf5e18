package stripe_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/core/subscription"
)

// moment is what the app hears and then sees after something has happened.
type moment struct {
	Happened string
	Heard    []string // the types of the webhooks about the customer
	Seen     subscription.Snapshot
}

// whole is a life from the first payment to the end.
func (w *world) whole(t *testing.T) (life []moment) {
	t.Helper()
	customer := w.customer(t)
	note := func(happened string, err error) {
		t.Helper()
		check(t, err)
		m := moment{Happened: happened, Seen: w.fetch(t, customer)}
		for _, h := range w.company.Take() {
			e, err := w.Event(h.Payload, h.Signature, h.At)
			check(t, err)
			if e.Customer == customer {
				m.Heard = append(m.Heard, e.Type)
			} else if e.Customer != "" {
				t.Errorf("%s is about %q", e.Type, e.Customer)
			}
		}
		if strings.HasPrefix(m.Seen.ID, "sub_") {
			m.Seen.ID = "sub" // each Stripe has its own names
		}
		life = append(life, m)
	}
	note("is known", nil)
	note("paid", w.company.Pay(w.page(t, customer)))
	note("did not pay for the next month", errors.Join(w.company.FailRenewals(customer), w.passPeriod(customer)))
	w.pass(24 * time.Hour)
	note("paid after all", w.company.Recover(customer))
	note("cancelled", w.CancelAtPeriodEnd(t.Context(), customer, true))
	note("is gone", w.passPeriod(customer))
	return life
}

// A life looks the same in every version of the API.
func TestAWholeLife(t *testing.T) {
	first := start.Truncate(time.Second)
	month := func(n int) time.Time { return first.AddDate(0, n, 0) }
	at := func(n int, status subscription.Status, off time.Duration) subscription.Snapshot {
		return subscription.Snapshot{ID: "sub", Status: status, PeriodStart: month(n), PeriodEnd: month(n + 1), At: month(n).Add(off)}
	}
	leaving, gone := at(1, subscription.Active, 24*time.Hour), at(1, subscription.Canceled, 0)
	leaving.CancelAtPeriodEnd, gone.CancelAtPeriodEnd = true, true
	gone.Ended, gone.At = month(2), month(2)
	paid := at(0, subscription.Active, 0)
	paid.At = start
	want := []moment{
		{"is known", nil, subscription.Snapshot{Status: subscription.None, At: start}},
		{"paid", []string{"checkout.session.completed", "customer.subscription.created", "invoice.paid"}, paid},
		{"did not pay for the next month", []string{"invoice.payment_failed", "customer.subscription.updated"}, at(1, subscription.PastDue, 0)},
		{"paid after all", []string{"invoice.paid", "customer.subscription.updated"}, at(1, subscription.Active, 24*time.Hour)},
		{"cancelled", []string{"customer.subscription.updated"}, leaving},
		{"is gone", []string{"customer.subscription.deleted"}, gone},
	}
	for _, v := range versions {
		if diff := cmp.Diff(want, newWorld(t, v).whole(t)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", v, diff)
		}
	}
}
