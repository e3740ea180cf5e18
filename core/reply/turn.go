package reply

import "time"

// ServedDelay is how far a claim moves a user back among the users of the same plan. So a user
// with a backlog passes only users who begin to wait more than ServedDelay after that claim. The
// statements claim_replies.sql and users_ahead.sql of the Postgres store contain the same value;
// the contract suite of ports.ReplyQueue compares them with it.
const ServedDelay = 30 * time.Second

// Turn is the place of a user among the users who wait for a claim (ADR 25). It does not depend
// on how many replies the user has queued.
type Turn struct {
	Since     time.Time     // when the user began to wait for the next claim
	Served    bool          // the user has had a claim since the last message to an empty queue
	HeadStart time.Duration // of the user's plan, see plan.Terms
	AtLimit   bool          // the last claim took the last reply that may run at a time
	Deferred  bool          // a reply was claimable while the user was at the limit
}

// Arrive records that a reply of the user was queued at now, under a plan with this head
// start. It starts a new turn, unless the user was already waiting: had a reply that a worker
// could claim.
func (t *Turn) Arrive(now time.Time, headStart time.Duration, waiting bool) {
	t.HeadStart = headStart
	t.Deferred = t.Deferred || t.AtLimit
	if !waiting {
		t.Since = now
		t.Served = false
	}
}

// Serve ends the turn with a claim at now, and starts the next one. Two claims at the same
// time get different times, so that users take turns also then. atLimit reports whether the
// user has no free slot left, and more whether the user has more claimable replies.
func (t *Turn) Serve(now time.Time, atLimit, more bool) {
	t.Since = latest(now, t.Since.Add(time.Microsecond))
	t.Served = true
	t.AtLimit = atLimit
	t.Deferred = more && (t.Deferred || atLimit)
}

// Release frees the slot of a reply that ended at now. Unless the user was already waiting, the
// user begins to wait now: the next reply of the room can be claimed.
func (t *Turn) Release(now time.Time, waiting bool) {
	if !waiting || t.AtLimit {
		t.Since = latest(now, t.Since)
	}
	t.AtLimit = false
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Before reports whether the user of t is served before the user of o, if each is the first user
// of the plan.
func (t *Turn) Before(o *Turn) bool {
	if t.HeadStart == o.HeadStart {
		return t.inPlan().Before(o.inPlan())
	}
	return t.betweenPlans().Before(o.betweenPlans())
}

// inPlan returns the time by which users of one plan are ordered.
func (t *Turn) inPlan() time.Time {
	if t.Served {
		return t.Since.Add(ServedDelay)
	}
	return t.Since
}

// betweenPlans returns the time by which the first users of different plans are ordered. A user
// passes users of other plans who began to wait up to one head start earlier (ADR 3).
func (t *Turn) betweenPlans() time.Time { return t.Since.Add(-t.HeadStart) }
