package stripe_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/stripe"
	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports"
)

var paidPayload = []byte(`{"id":"evt_1","object":"event","type":"invoice.paid",` +
	`"data":{"object":{"object":"invoice","customer":"cus_1","total":999}}}`)

// newWebhookReader returns an adapter that only reads webhooks: it cannot reach Stripe.
func newWebhookReader(t testing.TB) *stripe.Payments {
	t.Helper()
	return newPaymentsWith(t, nil)
}

// readSigned signs the payload, and has the adapter read the webhook.
func readSigned(p *stripe.Payments, payload []byte) (ports.WebhookEvent, error) {
	return p.Event(payload, stripetest.Sign(webhookSecret, payload, start), start)
}

// Payments without a secret, which New does not make, accepts no signature.
func TestNoSecretVerifiesNothing(t *testing.T) {
	header := stripetest.Sign("", paidPayload, start)
	if e, err := new(stripe.Payments).Event(paidPayload, header, start); !errors.Is(err, subscription.ErrSignature) {
		t.Errorf("event signed with an empty secret = %+v, %v; want ErrSignature", e, err)
	}
}

// An event after which a subscription may have changed names its customer. Every other event names none.
func TestEventCustomer(t *testing.T) {
	p := newWebhookReader(t)
	for eventType, namesCustomer := range map[string]bool{
		"":                              false,
		"charge.succeeded":              false,
		"checkout.session.completed":    true,
		"checkout.session.expired":      false,
		"customer.created":              false,
		"customer.deleted":              false,
		"customer.subscription":         false,
		"customer.subscription.created": true,
		"customer.subscription.deleted": true,
		"customer.subscription.updated": true,
		"invoice.created":               false,
		"invoice.paid":                  true,
		"invoice.payment_failed":        true,
		"payment_intent.succeeded":      false,
	} {
		for customerJSON, customer := range map[string]string{
			`"cus_1"`:                            "cus_1",
			`{"id":"cus_2","object":"customer"}`: "cus_2",
			`{"id":"cus_3","object":"customer","deleted":true}`: "cus_3",
			`"cus_\u0000"`:                       "",
			`"cus 4"`:                            "",
			`"` + strings.Repeat("c", 256) + `"`: "",
			`null`:                               "",
			`7`:                                  "",
			`[]`:                                 "",
			`{}`:                                 "",
			`{"id":7}`:                           "",
			`""`:                                 "",
		} {
			const format = `{"id":"evt_1","type":%q,"data":{"object":{"id":"x_1","customer":%s}}}`
			payload := fmt.Appendf(nil, format, eventType, customerJSON)
			want := ports.WebhookEvent{ID: "evt_1", Type: eventType}
			if namesCustomer {
				want.Customer = customer
			}
			if got, err := readSigned(p, payload); err != nil || got != want {
				t.Errorf("event %s = %+v, %v; want %+v", payload, got, err, want)
			}
		}
	}
}

// A signed payload with an id is an event, even when all else is invalid: Stripe would resend a rejected one for days.
func TestIncompleteEvents(t *testing.T) {
	p := newWebhookReader(t)
	for _, payload := range []string{
		`{"id":"evt_1"}`,
		`{"id":"evt_1","type":7}`,
		`{"id":"evt_1","data":[]}`,
		`{"id":"evt_1","data":{"object":[]}}`,
		`{"id":"evt_1","object":"v2.core.event","created":"2026-03-01T12:00:00.000Z","related_object":{"id":"cus_1"}}`,
	} {
		if e, err := readSigned(p, []byte(payload)); err != nil || e != (ports.WebhookEvent{ID: "evt_1"}) {
			t.Errorf("event %s = %+v, %v; want only the id", payload, e, err)
		}
	}
}

// A payload whose id cannot be one of Stripe's is rejected, because a store could not keep it.
func TestInvalidEventIDs(t *testing.T) {
	p := newWebhookReader(t)
	for _, eventID := range []string{"", "evt_\x00", "evt 1", "evt_\n", strings.Repeat("e", 256), "évt"} {
		payload, err := json.Marshal(map[string]string{"id": eventID, "type": "invoice.paid"})
		must(t, err)
		if e, err := readSigned(p, payload); !errors.Is(err, subscription.ErrSignature) {
			t.Errorf("event with id %q = %+v, %v; want ErrSignature", eventID, e, err)
		}
	}
}
