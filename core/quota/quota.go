// Package quota counts messages by the UTC day.
package quota

import (
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
)

// Day is a UTC day, counted from 1970-01-01.
type Day int32

// DayOf is the UTC day that t falls on.
func DayOf(t time.Time) Day {
	s := t.Unix()
	d := s / 86400
	if s%86400 < 0 {
		d--
	}
	return Day(d)
}

// Kept is for how many days what was counted of a day stays, so that a month can be looked back on.
const Kept = 35

// Ends is the instant the day is over: the next midnight, UTC.
func (d Day) Ends() time.Time { return time.Unix((int64(d)+1)*86400, 0).UTC() }

// Limit is how many messages a day a plan allows.
type Limit int

// Unlimited is the Limit of a plan without one.
const Unlimited Limit = -1

// Allows says whether one more may be sent after used.
func (l Limit) Allows(used int) bool { return l == Unlimited || used < int(l) }

// Remaining is how many may still be sent after used, never negative; for an unlimited plan it is Unlimited.
func (l Limit) Remaining(used int) int {
	if l == Unlimited {
		return int(Unlimited)
	}
	return max(0, int(l)-used)
}

// ErrExhausted refuses a message past the day's limit; RetryAfter leads to the next day.
var ErrExhausted = fault.New(fault.Exhausted, "quota_exhausted", "Daily message limit reached. Upgrade to Pro.")
