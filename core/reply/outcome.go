package reply

import (
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
)

// MaxAnswerBytes limits an answer. A longer one is cut after the last character that fits, and
// counts as complete.
const MaxAnswerBytes = 1 << 20

// Outcome is the result of one attempt.
type Outcome struct {
	Status    chat.Status // Done, Failed, Cancelled, or Queued for a retry at RetryAt
	Content   string
	Error     string     // with Failed: the code of the failure
	RetryAt   time.Time  // with Queued
	NotCalled bool       // with Queued: no model was called, so the attempt does not count in Reply.Errors
	Usage     chat.Usage // with Done

	// RefundLimit is the limit within which the quota unit is refunded, if the reply still
	// holds it. 0 refunds nothing.
	RefundLimit quota.RefundLimit
}

// withRefund returns the outcome with the limit, if it is Refundable.
func (o Outcome) withRefund(limit quota.RefundLimit) Outcome {
	if Refundable(o.Status, o.Content) {
		o.RefundLimit = limit
	}
	return o
}

// Finish applies the outcome of the attempt with the given fence. day is what the user has
// used of r.Day: the unit is refunded to it within o.RefundLimit, at most once. refunded
// reports whether it was. Finish fails with ErrCancelled or ErrClaimLost. If the user has
// cancelled the reply, only a CancelledOutcome is accepted.
func (r *Reply) Finish(fence int64, o Outcome, day *quota.Count) (refunded bool, err error) {
	if err := r.checkFence(fence); err != nil {
		return false, err
	}
	if r.Cancelling && o.Status != chat.Cancelled {
		return false, ErrCancelled
	}
	r.Cancelling = false
	r.Status = o.Status
	r.Content = o.Content
	r.Error = o.Error
	r.Due = o.RetryAt
	if o.Status == chat.Queued && !o.NotCalled {
		r.Errors++
	}
	return r.refundUnit(day, o.RefundLimit), nil
}
