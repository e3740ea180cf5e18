package flow

import "testing"

// stripeTestsOnEveryStack set their clocks forward, so each needs its own schema.
var stripeTestsOnEveryStack = map[string]func(*testing.T){
	"lifecycle":                    TestAStripeSubscriptionFromPurchaseToEnd,
	"forged webhooks":              TestForgedStripeWebhooksAreRefused,
	"webhooks in random order":     TestStripeWebhooksInRandomOrder,
	"repeated webhooks":            TestRepeatedStripeWebhooksAreAppliedOnce,
	"sync":                         TestSyncShowsStripeChangesBeforeTheirWebhooks,
	"reconcile at start":           testReconcileAtStart,
	"deleted customer":             TestAUserDeletedAtStripeLosesProAndCanBuyItAgain,
	"end of a second subscription": TestTheEndOfASecondSubscriptionKeepsPro,
}

func TestStripeOnEveryStack(t *testing.T) {
	for name, withRedis := range map[string]bool{"postgres": false, "postgres and redis": true} {
		t.Run(name, func(t *testing.T) {
			for name, test := range stripeTestsOnEveryStack {
				t.Run(name, func(t *testing.T) {
					useStack(t, stackConfig(t, newSchema(t), withRedis))
					test(t)
				})
			}
		})
	}
}
