package subscription

import "time"

// State is what a user is shown of their subscription.
type State struct {
	Tier              Tier
	Status            Status
	PeriodEnd         time.Time // zero for one who never subscribed
	CancelAtPeriodEnd bool
}

// StateOf is the state at now of the snapshot last heard of.
func StateOf(s Snapshot, plans Plans, now time.Time) State {
	if s.Status == "" {
		s.Status = None
	}
	return State{
		Tier:              plans.For(s.ProUntil(plans.Grace), now).Tier,
		Status:            s.Status,
		PeriodEnd:         s.PeriodEnd,
		CancelAtPeriodEnd: s.CancelAtPeriodEnd && s.Live(),
	}
}
