package reply

import "github.com/kuvaka-tech/parley/core/chat"

// Refundable reports whether the quota unit of a reply that ended in this status is
// refunded: always after a failure, and after a cancel only if no text was written. An
// answer is not refunded, and neither are the replies of a deleted room.
func Refundable(status chat.Status, written string) bool {
	return status == chat.Failed || status == chat.Cancelled && written == ""
}

// releaseUnit clears HoldsUnit and returns its old value, so that no unit is refunded
// twice.
func (r *Reply) releaseUnit() bool {
	held := r.HoldsUnit
	r.HoldsUnit = false
	return held
}
