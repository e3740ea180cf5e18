package subscription

import (
	"cmp"
	"time"
)

// compare orders snapshots totally: live ones first, then by how long they entitle, then field by field.
func (s Snapshot) compare(o Snapshot) int {
	return cmp.Or(
		cmp.Compare(truth(s.Live()), truth(o.Live())),
		s.ProUntil(0).Compare(o.ProUntil(0)),
		s.PeriodEnd.Compare(o.PeriodEnd),
		s.PeriodStart.Compare(o.PeriodStart),
		s.Ended.Compare(o.Ended),
		cmp.Compare(s.Status, o.Status),
		cmp.Compare(s.ID, o.ID),
		cmp.Compare(truth(s.CancelAtPeriodEnd), truth(o.CancelAtPeriodEnd)),
	)
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

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
