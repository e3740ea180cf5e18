package subscription

import (
	"time"

	"github.com/kuvaka-tech/parley/core/plan"
)

// Summary is the part of a subscription that its user sees.
type Summary struct {
	Tier              plan.Tier
	Status            Status
	PeriodEnd         time.Time // zero for a user who never subscribed
	CancelAtPeriodEnd bool
}

// Summarize returns the summary of the last snapshot at now.
func Summarize(s Snapshot, plans plan.Plans, now time.Time) Summary {
	if s.Status == "" {
		s.Status = None
	}
	return Summary{
		Tier:              plans.For(s.ProUntil(plans.Grace), now).Tier,
		Status:            s.Status,
		PeriodEnd:         s.PeriodEnd,
		CancelAtPeriodEnd: s.CancelAtPeriodEnd && s.Live(),
	}
}
