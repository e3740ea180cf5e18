package subscription

import "cmp"

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
