package stripetest_test

import (
	"encoding/json"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/stripe/stripetest"
)

// event is a webhook's payload, with the fields that differ between the API versions.
type event struct {
	APIVersion string `json:"api_version"`
	Data       struct {
		Object struct {
			PeriodEnd    int64           `json:"current_period_end"`
			Subscription string          `json:"subscription"`
			Parent       json.RawMessage `json:"parent"`
			Items        struct{ Data []map[string]any }
		}
	}
}

// The two API versions put the period and an invoice's subscription in different places.
func TestVersionsDiffer(t *testing.T) {
	for version, isOld := range map[string]bool{stripetest.V2023: true, stripetest.V2025: false} {
		c := newClient(t, version)
		c.Subscribe(c.newCustomer())
		for _, webhook := range c.TakeWebhooks() {
			var e event
			if err := json.Unmarshal(webhook.Payload, &e); err != nil || e.APIVersion != version {
				t.Fatalf("%s: decoding an event: version %q, error %v", version, e.APIVersion, err)
			}
			o := e.Data.Object
			switch webhook.Type {
			case "customer.subscription.created":
				if (o.PeriodEnd > 0) != isOld || (o.Items.Data[0]["current_period_end"] == nil) != isOld {
					t.Errorf("%s: the period is in the wrong place: %s", version, webhook.Payload)
				}
			case "invoice.paid":
				if (o.Subscription != "") != isOld || (o.Parent == nil) != isOld {
					t.Errorf("%s: the invoice's subscription is in the wrong place: %s", version, webhook.Payload)
				}
			}
		}
	}
}
