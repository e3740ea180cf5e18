package flow

import "testing"

// TestStripeOnEveryStack runs what is true of Stripe on Postgres, and on Postgres
// and Redis. Each has a schema of its own, as its clock leaps ahead of the others'.
func TestStripeOnEveryStack(t *testing.T) {
	for _, s := range []struct {
		name  string
		redis bool
	}{{"postgres", false}, {"postgres and redis", true}} {
		t.Run(s.name, func(t *testing.T) {
			for name, test := range map[string]func(*testing.T){
				"life": TestALifeAtStripe, "forged": TestForgedStripeWebhooks, "orders": TestStripeWebhooksInRandomOrders,
				"again": TestStripeWebhooksComeAgain, "sync": TestStripeSyncOnReturn, "lost": lostAndFoundAtStart,
				"deleted": TestACustomerDeletedAtStripe, "another": TestAnotherSubscriptionEndsAtStripe,
			} {
				t.Run(name, func(t *testing.T) {
					stack = infrastructure(t, schema(t), s.redis)
					defer func() { stack = nil }()
					test(t)
				})
			}
		})
	}
}
