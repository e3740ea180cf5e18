package reply

import (
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
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
	Refund    bool       // whether to refund the quota unit, if the reply still holds it
	Usage     chat.Usage // with Done
}

// Finish applies the outcome of the attempt with the given fence. refund reports whether
// the caller must refund one unit of r.Day. It is true at most once for each unit. Finish
// fails with ErrCancelled or ErrClaimLost. If the user has cancelled the reply, only a
// CancelledOutcome is accepted.
func (r *Reply) Finish(fence int64, o Outcome) (refund bool, err error) {
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
	if !o.Refund {
		return false, nil
	}
	return r.releaseUnit(), nil
}
