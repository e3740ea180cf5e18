package subscription_test

import (
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/subscription"
)

func TestProUntil(t *testing.T) {
	cancelled := start.AddDate(0, 0, 10)
	for name, c := range map[string]struct {
		s    subscription.Snapshot
		want time.Time
	}{
		"active":   {subscription.Snapshot{Status: subscription.Active}, end.Add(grace)},
		"trialing": {subscription.Snapshot{Status: subscription.Trialing}, end.Add(grace)},
		"cancel at period end": {
			subscription.Snapshot{Status: subscription.Active, CancelAtPeriodEnd: true}, end,
		},
		"past due":       {subscription.Snapshot{Status: subscription.PastDue}, start.Add(grace)},
		"canceled":       {subscription.Snapshot{Status: subscription.Canceled, Ended: cancelled}, cancelled},
		"unpaid":         {subscription.Snapshot{Status: subscription.Unpaid}, time.Time{}},
		"incomplete":     {subscription.Snapshot{Status: subscription.Incomplete}, time.Time{}},
		"paused":         {subscription.Snapshot{Status: subscription.Paused}, time.Time{}},
		"unknown status": {subscription.Snapshot{Status: "something new"}, time.Time{}},
		"none":           {subscription.Snapshot{}, time.Time{}},
	} {
		c.s.PeriodStart = start
		c.s.PeriodEnd = end
		if got := c.s.ProUntil(grace); !got.Equal(c.want) {
			t.Errorf("%s: Pro until %s, want %s", name, got, c.want)
		}
	}
}

func TestLive(t *testing.T) {
	for _, status := range statuses {
		var want bool
		switch status {
		case subscription.Active, subscription.Trialing, subscription.PastDue, subscription.Unpaid, subscription.Paused:
			want = true
		}
		if got := (subscription.Snapshot{Status: status}).Live(); got != want {
			t.Errorf("%s: live = %v, want %v", status, got, want)
		}
	}
}

func TestPlansForEndsProAtItsInstant(t *testing.T) {
	if plans.For(end, end).Tier != plan.Basic {
		t.Error("the plan at the end of the entitlement is not Basic")
	}
	if plans.For(end, end.Add(-1)).Tier != plan.Pro {
		t.Error("the plan just before the end of the entitlement is not Pro")
	}
}

func TestSummarize(t *testing.T) {
	s := subscription.Snapshot{
		Status:            subscription.Active,
		PeriodStart:       start,
		PeriodEnd:         end,
		CancelAtPeriodEnd: true,
	}
	want := subscription.Summary{
		Tier:              plan.Pro,
		Status:            subscription.Active,
		PeriodEnd:         end,
		CancelAtPeriodEnd: true,
	}
	if got := subscription.Summarize(s, plans, end.Add(-time.Microsecond)); got != want {
		t.Errorf("just before the end of the period: %+v, want %+v", got, want)
	}
	if got := subscription.Summarize(s, plans, end); got.Tier != plan.Basic {
		t.Errorf("at the end of the period: %+v, want tier Basic", got)
	}
	s.Status = subscription.Canceled
	s.Ended = end
	if got := subscription.Summarize(s, plans, end); got.CancelAtPeriodEnd || got.Status != subscription.Canceled {
		t.Errorf("an ended subscription: %+v, want status canceled and no pending cancellation", got)
	}
	want = subscription.Summary{Tier: plan.Basic, Status: subscription.None}
	if got := subscription.Summarize(subscription.Snapshot{}, plans, end); got != want {
		t.Errorf("a user who never subscribed: %+v, want %+v", got, want)
	}
}
