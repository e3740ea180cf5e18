package pretend

import (
	"testing"

	"github.com/kuvaka-tech/parley/core/plan"
)

func TestFormatPrice(t *testing.T) {
	for want, pricedPlan := range map[string]plan.Plan{
		"$9.99 / month":     {Cents: 999, Currency: "usd"},
		"₹499.00 / month":   {Cents: 49900, Currency: "inr"},
		"10.05 CHF / month": {Cents: 1005, Currency: "chf"},
	} {
		if got := formatPrice(pricedPlan); got != want {
			t.Errorf("price of %+v = %q, want %q", pricedPlan, got, want)
		}
	}
}
