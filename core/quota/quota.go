// Package quota has the limits of a UTC day: the messages of a user, and the tokens of
// the models for all users together.
package quota

import (
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
)

// Day is a UTC day, counted from 1970-01-01.
type Day int32

// DayOf returns the UTC day of t.
func DayOf(t time.Time) Day {
	s := t.Unix()
	d := s / 86400
	if s%86400 < 0 {
		d--
	}
	return Day(d)
}

// RetentionDays is how many days the counts of a day are kept: a month and a few days.
const RetentionDays = 35

// End returns the end of the day, which is the next midnight in UTC.
func (d Day) End() time.Time { return time.Unix((int64(d)+1)*86400, 0).UTC() }

// Limit is the number of messages per UTC day that a plan allows.
type Limit int

// Unlimited is the Limit of a plan without one.
const Unlimited Limit = -1

// Allows reports whether a user who has sent used messages may send one more.
func (l Limit) Allows(used int) bool { return l == Unlimited || used < int(l) }

// Remaining returns how many more messages a user who has sent used messages may send.
// It is at least 0, and -1 (Unlimited) for a plan without a limit.
func (l Limit) Remaining(used int) int {
	if l == Unlimited {
		return int(Unlimited)
	}
	return max(0, int(l)-used)
}

// ErrExhausted means that the day's limit is reached. app/talk replaces it with ExhaustedError.
var ErrExhausted = fault.New(fault.Exhausted, "quota_exhausted", "Daily message limit reached. Upgrade to Pro.")

// ExhaustedError returns ErrExhausted for a request at now. Its message has the limit, the time
// of the next UTC day, and what to do. RetryAfter is the time until the next UTC day.
func ExhaustedError(limit Limit, now time.Time) *fault.Error {
	reset := DayOf(now).End()
	exhausted := *ErrExhausted
	exhausted.RetryAfter = reset.Sub(now)
	exhausted.Message = fmt.Sprintf("Daily message limit reached (%d/day for Basic tier). Upgrade to Pro. "+
		"POST /subscribe/pro returns the URL of the checkout page. "+
		"Without Pro, the next messages are available at midnight UTC (%s), in %s.",
		limit, reset.Format(time.RFC3339), fault.WaitText(exhausted.RetryAfter))
	return &exhausted
}
