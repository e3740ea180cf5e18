package subscription

import "time"

// ProUntil returns the end of the entitlement to Pro that follows from the snapshot. It
// is zero or in the past when the user is not entitled.
//
// During the grace period the user has Pro although the last payment is missing. This
// gives the user time to pay a renewal, and the webhook time to arrive. Grace starts at
// the end of the period while the subscription is active, and at the start of the unpaid
// period while it is past due. A subscription that will not be renewed has no grace.
func (s Snapshot) ProUntil(grace time.Duration) time.Time {
	switch s.Status {
	case Active, Trialing:
		if s.CancelAtPeriodEnd {
			return s.PeriodEnd
		}
		return s.PeriodEnd.Add(grace)
	case PastDue:
		return s.PeriodStart.Add(grace)
	case Canceled:
		return s.Ended
	}
	return time.Time{}
}
