package reply

import (
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

const (
	// Lease is how long a claim lasts unless its worker renews it.
	Lease = 10 * time.Second
	// RenewEvery is the interval at which a worker renews its leases.
	RenewEvery = 3 * time.Second
	// MaxClockDifference is how much the clock of the process that accepts a message may be ahead of
	// the worker's. The answer to a message of a clock that is further ahead begins later.
	MaxClockDifference = time.Second
)

// ClaimTime returns the time of a claim for replies whose wake-ups have arrived: now, or the time
// at which the last of them was accepted, if the clock of that process is ahead. Otherwise they
// would not be due yet.
func ClaimTime(now time.Time, woken []id.ID) time.Time {
	at := now
	for _, replyID := range woken {
		accepted := replyID.Time()
		if accepted.After(now) && accepted.Before(now.Add(MaxClockDifference)) {
			at = latest(at, accepted.Add(time.Millisecond)) // an id has only whole milliseconds
		}
	}
	return at
}

// Task is a claimed reply, as a worker receives it.
type Task struct {
	Reply      id.ID
	Room       id.ID
	User       id.ID
	Prompt     chat.Message // the message to answer
	Fence      int64
	Rev        int64 // the room's revision after the claim
	Errors     int   // as in Reply
	Crashes    int   // as in Reply
	FirstClaim time.Time
	Cancelling bool      // the user has cancelled the reply: finish it without calling the model
	Claimed    time.Time // when the worker requested the claim, which is the start of the lease
}

// Claimable reports whether a worker may claim the reply at now: it is queued and due,
// or it is running and its lease has expired. NextInRoom adds the order within a room.
func (r *Reply) Claimable(now time.Time) bool {
	return r.Status == chat.Queued && !now.Before(r.Due) || r.Status == chat.Running && !now.Before(r.LeaseExpires)
}

// Claim changes a claimable reply to running, under a new fence and a lease of the given
// duration. If the reply was running before, its expired lease counts as a crash.
func (r *Reply) Claim(now time.Time, lease time.Duration) {
	if r.Status == chat.Running {
		r.Crashes++
	}
	if r.FirstClaim.IsZero() {
		r.FirstClaim = now
	}
	r.Status = chat.Running
	r.LeaseExpires = now.Add(lease)
	r.Fence++
}

// Renew sets the lease to expire at now plus lease. It fails with ErrCancelled, or with
// ErrClaimLost, also if the lease has expired before now. After ErrCancelled, the lease stays
// as it is, so that the worker can finish the reply with CancelledOutcome.
func (r *Reply) Renew(fence int64, now time.Time, lease time.Duration) error {
	if err := r.checkFence(fence); err != nil {
		return err
	}
	if r.Cancelling {
		return ErrCancelled
	}
	if !now.Before(r.LeaseExpires) {
		return ErrClaimLost
	}
	r.LeaseExpires = now.Add(lease)
	return nil
}

// checkFence fails with ErrCancelled or ErrClaimLost unless the reply is running under
// this fence.
func (r *Reply) checkFence(fence int64) error {
	switch {
	case r.Status == chat.Cancelled:
		return ErrCancelled
	case r.Status != chat.Running || r.Fence != fence:
		return ErrClaimLost
	}
	return nil
}
