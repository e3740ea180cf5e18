package stripe_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/core/subscription"
)

// lifecycleStep is what the app receives and reads after something has happened.
type lifecycleStep struct {
	Name       string
	EventTypes []string // of the webhooks about the customer
	Snapshot   subscription.Snapshot
}

// runLifecycle takes a new subscription from the first payment to its end.
func (f *fixture) runLifecycle(t *testing.T) (steps []lifecycleStep) {
	t.Helper()
	customer := f.newCustomer(t)
	record := func(name string, err error) {
		t.Helper()
		must(t, err)
		step := lifecycleStep{Name: name, Snapshot: f.fetch(t, customer), EventTypes: f.takeEventTypes(t, customer)}
		if strings.HasPrefix(step.Snapshot.ID, "sub_") {
			step.Snapshot.ID = "sub" // the rest of the id is random
		}
		steps = append(steps, step)
	}
	record("created", nil)
	record("paid", f.stripe.Pay(f.openCheckout(t, customer)))
	record("renewal failed", errors.Join(f.stripe.FailRenewals(customer), f.advanceToPeriodEnd(customer)))
	f.advance(24 * time.Hour)
	record("renewal paid", f.stripe.ReplaceCard(customer))
	record("cancelled", f.CancelAtPeriodEnd(t.Context(), customer, true))
	record("ended", f.advanceToPeriodEnd(customer))
	return steps
}

// takeEventTypes returns the types of the new events about the customer. An event about another one is an error.
func (f *fixture) takeEventTypes(t *testing.T, customer string) (eventTypes []string) {
	t.Helper()
	for _, w := range f.stripe.TakeWebhooks() {
		e, err := f.Event(w.Payload, w.Signature, w.SignedAt)
		must(t, err)
		if e.Customer == customer {
			eventTypes = append(eventTypes, e.Type)
		} else if e.Customer != "" {
			t.Errorf("%s is about customer %q, want %q", e.Type, e.Customer, customer)
		}
	}
	return eventTypes
}

// A lifecycle looks the same in every version of the API.
func TestLifecycle(t *testing.T) {
	want := wantedLifecycle()
	for _, version := range apiVersions {
		if diff := cmp.Diff(want, newFixture(t, version).runLifecycle(t)); diff != "" {
			t.Errorf("lifecycle in version %s (-want +got):\n%s", version, diff)
		}
	}
}

func wantedLifecycle() []lifecycleStep {
	first := start.Truncate(time.Second)
	month := func(n int) time.Time { return first.AddDate(0, n, 0) }
	// snapshotIn returns a snapshot that was fetched in period n, some time after its start.
	snapshotIn := func(n int, status subscription.Status, after time.Duration) subscription.Snapshot {
		return subscription.Snapshot{
			ID:          "sub",
			Status:      status,
			PeriodStart: month(n),
			PeriodEnd:   month(n + 1),
			FetchedAt:   month(n).Add(after),
		}
	}
	paid := snapshotIn(0, subscription.Active, 0)
	paid.FetchedAt = start
	cancelled := snapshotIn(1, subscription.Active, 24*time.Hour)
	cancelled.CancelAtPeriodEnd = true
	ended := snapshotIn(1, subscription.Canceled, 0)
	ended.CancelAtPeriodEnd = true
	ended.Ended, ended.FetchedAt = month(2), month(2)
	const updated, invoicePaid = "customer.subscription.updated", "invoice.paid"
	return []lifecycleStep{
		{"created", nil, subscription.Snapshot{Status: subscription.None, FetchedAt: start}},
		{"paid", []string{"checkout.session.completed", "customer.subscription.created", invoicePaid}, paid},
		{"renewal failed", []string{"invoice.payment_failed", updated}, snapshotIn(1, subscription.PastDue, 0)},
		{"renewal paid", []string{invoicePaid, updated}, snapshotIn(1, subscription.Active, 24*time.Hour)},
		{"cancelled", []string{updated}, cancelled},
		{"ended", []string{"customer.subscription.deleted"}, ended},
	}
}
