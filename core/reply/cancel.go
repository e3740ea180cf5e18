package reply

import (
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
)

// Cancel ends a queued reply. It only marks a running one, because its text is not in the
// store: the worker stops the model, and finishes the reply with CancelledOutcome. If the
// lease has expired, no worker does that, so the caller or the next claim must finish it.
//
// day is what the user has used of r.Day. The unit of a queued reply is refunded to it within
// the limit. Cancel fails with ErrNotCancellable when the reply is final. A running reply can
// be cancelled again.
func (r *Reply) Cancel(day *quota.Count, limit quota.RefundLimit) error {
	switch {
	case r.Status.Final():
		return ErrNotCancellable
	case r.Status == chat.Running:
		r.Cancelling = true
		return nil
	}
	r.Status = chat.Cancelled
	r.refundUnit(day, limit)
	return nil
}

// CancelledOutcome returns the outcome of a reply that its user has cancelled. written is
// the text that followers of the room have seen.
func CancelledOutcome(written string, limit quota.RefundLimit) Outcome {
	return Outcome{Status: chat.Cancelled, Content: written}.withRefund(limit)
}
