package reply

import (
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
)

// Refundable reports whether a reply that ended in this status gives its quota unit back,
// within the limit of refunds: after a failure, and after a cancel only if no text was
// written. An answer is not refunded, and neither are the replies of a deleted room.
func Refundable(status chat.Status, written string) bool {
	return status == chat.Failed || status == chat.Cancelled && written == ""
}

// refundUnit refunds the unit of the reply to the count of its day and clears HoldsUnit, so
// that no unit is refunded twice. It does nothing if the limit is reached.
func (r *Reply) refundUnit(day *quota.Count, limit quota.RefundLimit) (refunded bool) {
	refunded = r.HoldsUnit && day.Refund(limit)
	if refunded {
		r.HoldsUnit = false
	}
	return refunded
}
