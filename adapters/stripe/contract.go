package stripe

import (
	"time"

	"github.com/kuvaka-tech/parley/core/subscription"
)

// contract is what only subscriptions have (docs.stripe.com/api/subscriptions/object). Since 2025-03-31 the period is
// its items' (docs.stripe.com/changelog/basil/2025-03-31/deprecate-subscription-current-period-start-and-end).
type contract struct {
	Status            string `json:"status"`
	CancelAtPeriodEnd bool   `json:"cancel_at_period_end"`
	CancelAt          int64  `json:"cancel_at"`
	EndedAt           int64  `json:"ended_at"`
	period
	Items struct {
		Data []period `json:"data"`
	} `json:"items"`
}

// period is in Unix seconds, like all of Stripe's times.
type period struct {
	Start int64 `json:"current_period_start"`
	End   int64 `json:"current_period_end"`
}

// ends says that it will, with the period that it is in.
func (c contract) ends() bool {
	return c.CancelAtPeriodEnd || c.CancelAt != 0 && c.CancelAt <= c.current().End
}

// current is the period, of several the one that lasts longest.
func (c contract) current() period {
	last := c.period
	for _, item := range c.Items.Data {
		if item.End > last.End {
			last = item
		}
	}
	return last
}

func (o object) snapshot() subscription.Snapshot {
	p := o.current()
	s := subscription.Snapshot{ID: o.ID, Status: subscription.Status(o.Status), PeriodStart: unix(p.Start), PeriodEnd: unix(p.End), CancelAtPeriodEnd: o.ends()}
	if s.Status == subscription.Canceled {
		s.Ended = unix(o.EndedAt)
	}
	return s
}

func (o object) live() bool { return o.snapshot().Live() }

// lastSecond is that of the year 9999, after which RFC 3339 knows no times.
const lastSecond = 253402300799

// unix is the zero time for 0, which Stripe's null is read as.
func unix(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(min(seconds, lastSecond), 0).UTC()
}
