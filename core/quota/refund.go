package quota

// RefundLimit is how many units of one UTC day a user gets back. A failed reply and a reply that was
// cancelled without text give their unit back within this limit. Beyond it they cost their unit. So a
// user has at most Limit plus RefundLimit accepted messages per day, whatever happens to them.
type RefundLimit int

// Allows reports whether a user who got back refunded units of a day may get back one more.
func (l RefundLimit) Allows(refunded int) bool { return refunded < int(l) }

// Count is what a user has used of the quota of one UTC day.
type Count struct {
	Used     int // accepted messages, without the refunded ones
	Refunded int // units that the user got back
}

// Merge returns the count of an account that changes to a number with a kept count. Neither
// units that the user has used nor those that were used with the number are available again.
// Otherwise a user could move an account between numbers to get new units.
func (c Count) Merge(kept Count) Count {
	return Count{Used: max(c.Used, kept.Used), Refunded: max(c.Refunded, kept.Refunded)}
}

// Refund gives one unit back if the limit allows it. It reports whether it did.
func (c *Count) Refund(limit RefundLimit) bool {
	if !limit.Allows(c.Refunded) {
		return false
	}
	c.Used--
	c.Refunded++
	return true
}
