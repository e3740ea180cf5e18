package plan

import "time"

// Rank returns the rank of a reply in the queue: the time of acceptance minus the head
// start. The reply with the lowest rank is claimed first. So a Pro message with a head
// start of 30 s passes the Basic messages that arrived in the 30 s before it, and none
// that has waited longer. Basic never starves (ADR 0003).
func (t Terms) Rank(accepted time.Time) time.Time { return accepted.Add(-t.HeadStart) }
