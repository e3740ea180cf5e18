package plan_test

import (
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/plan"
)

func TestForReturnsProUntilTheEntitlementEnds(t *testing.T) {
	plans := plan.Defaults()
	end := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for now, want := range map[time.Time]plan.Tier{
		end.Add(-time.Microsecond): plan.Pro,
		end:                        plan.Basic,
	} {
		if got := plans.For(end, now).Tier; got != want {
			t.Errorf("the plan at %s is %s, want %s", now, got, want)
		}
	}
	if got := plans.For(time.Time{}, end).Tier; got != plan.Basic {
		t.Errorf("the plan without an entitlement is %s, want Basic", got)
	}
}
