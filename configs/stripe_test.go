package configs

import (
	"maps"
	"slices"
	"testing"
)

func TestStripeIsCompleteOrAbsent(t *testing.T) {
	complete := environment{
		"STRIPE_SECRET_KEY":     "sk_test_x",
		"STRIPE_WEBHOOK_SECRET": "whsec_x",
		"FRONTEND_URL":          "https://app.example",
	}
	optional := environment{"STRIPE_PRICE_ID": "price_x", "STRIPE_API_BASE": "http://127.0.0.1:9"}
	want := Stripe{
		SecretKey:     "sk_test_x",
		WebhookSecret: "whsec_x",
		PriceID:       "price_x",
		BaseURL:       "http://127.0.0.1:9",
	}
	if got := complete.with(optional).load(t).Stripe; got != want {
		t.Errorf("Stripe = %+v, want %+v", got, want)
	}
	for _, variable := range slices.Sorted(maps.Keys(complete)) {
		complete.without(variable).wantProblems(t, variable)
	}
	complete.with(environment{"STRIPE_API_BASE": "ftp://canary"}).wantProblems(t, "STRIPE_API_BASE")
}
