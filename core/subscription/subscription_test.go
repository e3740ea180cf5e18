package subscription_test

import (
	"time"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/subscription"
)

const grace = 7 * 24 * time.Hour

var (
	start = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	end   = start.AddDate(0, 1, 0)
	plans = plan.Plans{
		Basic: plan.Plan{Tier: plan.Basic, Terms: plan.Terms{Limit: 5}},
		Pro:   plan.Plan{Tier: plan.Pro, Terms: plan.Terms{Limit: quota.Unlimited}},
		Grace: grace,
	}
	statuses = []subscription.Status{
		subscription.None,
		subscription.Active,
		subscription.Trialing,
		subscription.PastDue,
		subscription.Canceled,
		subscription.Unpaid,
		subscription.Incomplete,
		subscription.IncompleteExpired,
		subscription.Paused,
		"something new",
	}
)

// drawSnapshots returns 1 to 6 snapshots whose fields often have equal values.
func drawSnapshots(t *rapid.T) []subscription.Snapshot {
	day := func(label string) time.Time {
		return start.AddDate(0, 0, rapid.IntRange(0, 3).Draw(t, label))
	}
	var all []subscription.Snapshot
	for range rapid.IntRange(1, 6).Draw(t, "n") {
		all = append(all, subscription.Snapshot{
			ID:                rapid.SampledFrom([]string{"sub_1", "sub_2"}).Draw(t, "id"),
			Status:            rapid.SampledFrom(statuses).Draw(t, "status"),
			PeriodStart:       day("start"),
			PeriodEnd:         day("end"),
			Ended:             day("ended"),
			FetchedAt:         day("at"),
			CancelAtPeriodEnd: rapid.Bool().Draw(t, "cancel"),
		})
	}
	return all
}
