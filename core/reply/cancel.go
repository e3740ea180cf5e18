package reply

import "github.com/kuvaka-tech/parley/core/chat"

// Cancel ends a queued reply. It only marks a running one, because its text is not in the
// store: the worker stops the model, and finishes the reply with CancelledOutcome. If the
// lease has expired, no worker does that, so the caller or the next claim must finish it.
//
// refund reports whether the caller must refund one unit of r.Day. Cancel fails with
// ErrNotCancellable when the reply is final. A running reply can be cancelled again.
func (r *Reply) Cancel() (refund bool, err error) {
	switch {
	case r.Status.Final():
		return false, ErrNotCancellable
	case r.Status == chat.Running:
		r.Cancelling = true
		return false, nil
	}
	r.Status = chat.Cancelled
	return r.releaseUnit(), nil
}

// CancelledOutcome returns the outcome of a reply that its user has cancelled. written is
// the text that followers of the room have seen.
func CancelledOutcome(written string) Outcome {
	return Outcome{Status: chat.Cancelled, Content: written, Refund: Refundable(chat.Cancelled, written)}
}
