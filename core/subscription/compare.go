package subscription

import "cmp"

// Best returns the snapshot that counts when a customer has several subscriptions. A live
// one wins, because it must prevent a second purchase. Among the live ones, or if none is
// live, the one with the longest entitlement to Pro wins. Further fields break ties, so
// the result does not depend on the order of the arguments. Without arguments, Best
// returns a snapshot with the status None.
func Best(all ...Snapshot) Snapshot {
	best := Snapshot{Status: None}
	for i, s := range all {
		if i == 0 || s.compare(best) > 0 {
			best = s
		}
	}
	return best
}

// Differs reports whether s and o differ in any field but FetchedAt.
func (s Snapshot) Differs(o Snapshot) bool { return s.compare(o) != 0 }

// compare is a total order of snapshots that ignores FetchedAt. Best returns the maximum.
func (s Snapshot) compare(o Snapshot) int {
	return cmp.Or(
		cmp.Compare(boolToInt(s.Live()), boolToInt(o.Live())),
		s.ProUntil(0).Compare(o.ProUntil(0)),
		s.PeriodEnd.Compare(o.PeriodEnd),
		s.PeriodStart.Compare(o.PeriodStart),
		s.Ended.Compare(o.Ended),
		cmp.Compare(s.Status, o.Status),
		cmp.Compare(s.ID, o.ID),
		cmp.Compare(boolToInt(s.CancelAtPeriodEnd), boolToInt(o.CancelAtPeriodEnd)),
	)
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
