package stripe

import (
	"time"

	"github.com/kuvaka-tech/parley/core/subscription"
)

// subscriptionFields are the fields that only subscriptions have
// (docs.stripe.com/api/subscriptions/object). Since API version 2025-03-31, the items
// contain the period instead of the subscription
// (docs.stripe.com/changelog/basil/2025-03-31/deprecate-subscription-current-period-start-and-end).
type subscriptionFields struct {
	Status            string `json:"status"`
	CancelAtPeriodEnd bool   `json:"cancel_at_period_end"`
	CancelAt          int64  `json:"cancel_at"`
	EndedAt           int64  `json:"ended_at"`
	period
	Items struct {
		Data []period `json:"data"`
	} `json:"items"`
}

// period is a billing period in Unix seconds, the unit of all times in Stripe's API.
type period struct {
	Start int64 `json:"current_period_start"`
	End   int64 `json:"current_period_end"`
}

// endsWithPeriod reports whether the subscription is cancelled at the end of its current period.
func (f subscriptionFields) endsWithPeriod() bool {
	return f.CancelAtPeriodEnd || f.CancelAt != 0 && f.CancelAt <= f.currentPeriod().End
}

// currentPeriod returns the current period. If the items' periods differ, it returns the one that ends last.
func (f subscriptionFields) currentPeriod() period {
	last := f.period
	for _, item := range f.Items.Data {
		if item.End > last.End {
			last = item
		}
	}
	return last
}

// snapshot converts a subscription object.
func (o object) snapshot() subscription.Snapshot {
	current := o.currentPeriod()
	s := subscription.Snapshot{
		ID:                o.ID,
		Status:            subscription.Status(o.Status),
		PeriodStart:       fromUnix(current.Start),
		PeriodEnd:         fromUnix(current.End),
		CancelAtPeriodEnd: o.endsWithPeriod(),
	}
	if s.Status == subscription.Canceled {
		s.Ended = fromUnix(o.EndedAt)
	}
	return s
}

// isLive reports whether the object is a live subscription, see subscription.Snapshot.Live.
func (o object) isLive() bool { return o.snapshot().Live() }

// maxUnix is the last second of the year 9999, the last year that RFC 3339 can express.
const maxUnix = 253402300799

// fromUnix converts Unix seconds. It returns the zero time for 0, which a JSON null is decoded to.
func fromUnix(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(min(seconds, maxUnix), 0).UTC()
}
