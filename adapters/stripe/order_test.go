package stripe_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// told is the object of the last webhook of a type.
func (w *world) told(t *testing.T, kind string) (o map[string]any) {
	t.Helper()
	for _, h := range w.company.Take() {
		if h.Type != kind {
			continue
		}
		var e struct {
			Data struct{ Object map[string]any }
		}
		check(t, json.Unmarshal(h.Payload, &e))
		o = e.Data.Object
	}
	if o == nil {
		t.Fatalf("no %s", kind)
	}
	return o
}

// What is sold is the order: each month, at its price, or the price that is configured.
func TestCheckoutSellsTheOrder(t *testing.T) {
	for sold, want := range map[string]map[string]any{
		"":    {"id": "price_made", "object": "price", "currency": "usd", "unit_amount": 999.0, "product": "Parley Pro", "recurring": map[string]any{"interval": "month", "interval_count": 1.0}},
		price: {"id": price, "object": "price", "currency": "", "unit_amount": 0.0, "product": "", "recurring": map[string]any{"interval": "month", "interval_count": 1.0}},
	} {
		w := newWorld(t, stripetest.V2023)
		w.config.PriceID = sold
		w.Account = open(t, w.config)
		w.subscriber(t)
		item := w.told(t, "customer.subscription.created")["items"].(map[string]any)["data"].([]any)[0].(map[string]any)
		if diff := cmp.Diff(want, item["price"]); diff != "" || item["quantity"] != 1.0 {
			t.Errorf("%v of %s", item["quantity"], diff)
		}
	}
}

func TestCheckoutLeadsBack(t *testing.T) {
	w := newWorld(t, stripetest.V2023)
	customer := w.subscriber(t)
	page := w.told(t, "checkout.session.completed")
	o := order(customer)
	if page["customer"] != customer || page["success_url"] != o.SuccessURL || page["cancel_url"] != o.CancelURL {
		t.Errorf("%v", page)
	}
}

// A price that Stripe does not know is the operator's fault, and no unknown customer.
func TestUnknownPrice(t *testing.T) {
	w := newWorld(t, stripetest.V2023)
	w.config.PriceID = "price_unknown"
	w.Account = open(t, w.config)
	if _, err := w.Checkout(t.Context(), order(w.customer(t))); !errors.Is(err, subscription.ErrUnavailable) || errors.Is(err, subscription.ErrUnknown) {
		t.Error(err)
	}
}
