package pretend_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/ports/portstest"
)

// The types of the events that the package emits.
const (
	invoiceFailed    = "invoice.payment_failed"
	invoicePaid      = "invoice.paid"
	sessionCompleted = "checkout.session.completed"
	sessionExpired   = "checkout.session.expired"
	subCreated       = "customer.subscription.created"
	subDeleted       = "customer.subscription.deleted"
	subUpdated       = "customer.subscription.updated"
)

// event is the JSON of an event.
type event struct {
	ID         string
	Object     string
	APIVersion string `json:"api_version"`
	Created    int64
	Type       string
	Livemode   bool
	Data       struct{ Object map[string]any }
}

func parseEvent(t testing.TB, d portstest.Delivery) event {
	t.Helper()
	var e event
	must(t, json.Unmarshal(d.Payload, &e))
	return e
}

func eventTypes(t testing.TB, deliveries []portstest.Delivery) (types []string) {
	t.Helper()
	for _, d := range deliveries {
		types = append(types, parseEvent(t, d).Type)
	}
	return types
}

// takeEventTypes returns the types of all events that the app received since the last call.
func (f *fixture) takeEventTypes(t testing.TB) []string {
	t.Helper()
	return eventTypes(t, f.takeDeliveries())
}

// Each change during the life of a subscription emits its events.
func TestLifecycleEvents(t *testing.T) {
	f := newFixture(t)
	customer := f.newCustomer(t)
	checkoutID := f.newCheckoutID(t, customer)
	pay := func(string) error { _, err := f.Pay(checkoutID); return err }
	decline := func(string) error { return f.Decline(checkoutID) }
	cancel := func(customer string) error { return f.CancelAtPeriodEnd(t.Context(), customer, true) }
	resume := func(customer string) error { return f.CancelAtPeriodEnd(t.Context(), customer, false) }
	for _, step := range []struct {
		name string
		do   func(customer string) error
		want []string
	}{
		{"decline", decline, []string{subCreated, invoiceFailed}},
		{"decline again", decline, []string{invoiceFailed}},
		{"pay", pay, []string{sessionCompleted, subUpdated, invoicePaid}},
		{"cancel", cancel, []string{subUpdated}},
		{"cancel again", cancel, nil},
		{"resume", resume, []string{subUpdated}},
		{"let renewals fail", f.FailRenewals, nil},
		{"renewal fails", f.EndPeriod, []string{invoiceFailed, subUpdated}},
		{"replace the card", f.ReplaceCard, []string{invoicePaid, subUpdated}},
		{"renewal succeeds", f.EndPeriod, []string{invoicePaid, subUpdated}},
		{"end", f.CancelNow, []string{subDeleted}},
	} {
		if err := step.do(customer); err != nil {
			t.Fatalf("step %s failed: %v", step.name, err)
		}
		deliveries := f.takeDeliveries()
		if diff := cmp.Diff(step.want, eventTypes(t, deliveries)); diff != "" {
			t.Errorf("%s: event types (-want +got):\n%s", step.name, diff)
		}
		for _, d := range deliveries {
			checkEvent(t, d, customer)
		}
	}
}

// checkEvent checks the fields that every event and every invoice has.
func checkEvent(t *testing.T, d portstest.Delivery, customer string) {
	t.Helper()
	e := parseEvent(t, d)
	if e.Object != "event" || e.APIVersion == "" || e.Livemode || e.Created != start.Unix() {
		t.Errorf("the fields of the event are wrong: %s", d.Payload)
	}
	about := e.Data.Object
	if about["customer"] != customer || about["object"] == nil {
		t.Errorf("the event is not about an object of customer %s: %s", customer, d.Payload)
	}
	if about["object"] == "invoice" && (about["status"] == "paid") != (e.Type == invoicePaid) {
		t.Errorf("the invoice's status does not match the event's type: %s", d.Payload)
	}
}

func TestSubscriptionInEvents(t *testing.T) {
	f := newFixture(t)
	customer := f.newSubscriber(t)
	must(t, errors.Join(f.CancelAtPeriodEnd(t.Context(), customer, true), f.CancelNow(customer)))
	deliveries := f.takeDeliveries()
	object := func(i int) map[string]any { return parseEvent(t, deliveries[i]).Data.Object }
	created, updated, deleted := object(1), object(3), object(4)
	want := map[string]any{
		"id":                   f.fetch(t, customer).ID,
		"object":               "subscription",
		"customer":             customer,
		"status":               "active",
		"cancel_at_period_end": false,
		"ended_at":             nil,
		"current_period_start": float64(start.Unix()),
		"current_period_end":   float64(start.AddDate(0, 1, 0).Unix()),
	}
	if diff := cmp.Diff(want, created); diff != "" {
		t.Errorf("created subscription (-want +got):\n%s", diff)
	}
	if updated["cancel_at_period_end"] != true {
		t.Errorf("updated subscription: %v, want cancel_at_period_end", updated)
	}
	if deleted["status"] != "canceled" || deleted["ended_at"] != float64(start.Unix()) {
		t.Errorf("deleted subscription: %v, want it canceled now", deleted)
	}
}
