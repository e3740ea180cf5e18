package stripe_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// lastObject returns the object in the last webhook of that type.
func (f *fixture) lastObject(t *testing.T, eventType string) (o map[string]any) {
	t.Helper()
	for _, w := range f.stripe.TakeWebhooks() {
		if w.Type != eventType {
			continue
		}
		var e struct {
			Data struct{ Object map[string]any }
		}
		must(t, json.Unmarshal(w.Payload, &e))
		o = e.Data.Object
	}
	if o == nil {
		t.Fatalf("no webhook of type %s was sent", eventType)
	}
	return o
}

// Checkout sells the order's plan monthly at its price, or the configured price.
func TestCheckoutSellsTheOrder(t *testing.T) {
	monthly := map[string]any{"interval": "month", "interval_count": 1.0}
	for configured, want := range map[string]map[string]any{
		"": {
			"id":          "price_made",
			"object":      "price",
			"currency":    "usd",
			"unit_amount": 999.0,
			"product":     "Parley Pro",
			"recurring":   monthly,
		},
		priceID: {
			"id":          priceID,
			"object":      "price",
			"currency":    "",
			"unit_amount": 0.0,
			"product":     "",
			"recurring":   monthly,
		},
	} {
		f := newFixture(t, stripetest.V2023)
		f.config.PriceID = configured
		f.reopen(t)
		f.newSubscriber(t)
		items := f.lastObject(t, "customer.subscription.created")["items"].(map[string]any)["data"].([]any)
		item := items[0].(map[string]any)
		if diff := cmp.Diff(want, item["price"]); diff != "" {
			t.Errorf("price sold with configured price %q (-want +got):\n%s", configured, diff)
		}
		if item["quantity"] != 1.0 {
			t.Errorf("quantity with configured price %q = %v, want 1", configured, item["quantity"])
		}
	}
}

func TestCheckoutLinksBackToTheApp(t *testing.T) {
	f := newFixture(t, stripetest.V2023)
	customer := f.newSubscriber(t)
	session := f.lastObject(t, "checkout.session.completed")
	o := order(customer)
	for field, want := range map[string]string{
		"customer":    customer,
		"success_url": o.SuccessURL,
		"cancel_url":  o.CancelURL,
	} {
		if session[field] != want {
			t.Errorf("%s of the session = %v, want %q", field, session[field], want)
		}
	}
}

// A price that Stripe does not know is a configuration error. It must not be reported as an unknown customer.
func TestUnknownPrice(t *testing.T) {
	f := newFixture(t, stripetest.V2023)
	f.config.PriceID = "price_unknown"
	f.reopen(t)
	_, err := f.Checkout(t.Context(), order(f.newCustomer(t)))
	if !errors.Is(err, subscription.ErrUnavailable) || errors.Is(err, subscription.ErrUnknownCustomer) {
		t.Errorf("checkout with an unknown price: %v, want only ErrUnavailable", err)
	}
}
