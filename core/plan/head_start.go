package plan

import "time"

// Rank returns the rank of a reply in the queue: the time of acceptance minus the head start. Of
// the replies of one user, the one with the lowest rank is claimed first. reply.Turn orders the
// users, with the same head start (ADR 3).
func (t Terms) Rank(accepted time.Time) time.Time { return accepted.Add(-t.HeadStart) }
