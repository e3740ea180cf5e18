package chat

import (
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
)

// Reply is the work behind an answer. Its status moves
//
//	queued -> running -> done | failed | cancelled
//	running -> queued   after a failure that is tried again
//	failed  -> queued   when its user asks again
type Reply struct {
	Message
	User       id.ID
	Due        time.Time // while queued: not before
	Rank       time.Time // among due replies the earliest goes first
	Fence      int64     // grows with every claim; a writer with an older one is refused
	Lease      time.Time // while running: until when nobody else may claim it
	FirstClaim time.Time
	Errors     int // failures of the model
	Crashes    int // leases that ran out
	Day        quota.Day
	Unit       bool // whether it holds a unit of Day
	Held       bool // while queued: a claim passed it over, its user having as many running as may be
}

// Claimable says whether the reply itself could be claimed at now; Next adds the order of the room.
func (r *Reply) Claimable(now time.Time) bool {
	return r.Status == Queued && !now.Before(r.Due) || r.Status == Running && !now.Before(r.Lease)
}

// Claim takes a claimable reply under a new fence. A lease that ran out counts as a crash.
func (r *Reply) Claim(now time.Time, lease time.Duration) {
	if r.Status == Running {
		r.Crashes++
	}
	if r.FirstClaim.IsZero() {
		r.FirstClaim = now
	}
	r.Status, r.Lease, r.Held = Running, now.Add(lease), false
	r.Fence++
}

// Renew prolongs the lease, also one that ran out while nobody else claimed.
// It fails with ErrCancelled or ErrLost.
func (r *Reply) Renew(fence int64, now time.Time, lease time.Duration) error {
	if err := r.held(fence); err != nil {
		return err
	}
	r.Lease = now.Add(lease)
	return nil
}

func (r *Reply) held(fence int64) error {
	switch {
	case r.Status == Cancelled:
		return ErrCancelled
	case r.Status != Running || r.Fence != fence:
		return ErrLost
	}
	return nil
}

// Outcome is how an attempt ended.
type Outcome struct {
	Status  Status // Done, Failed, or Queued to be tried again at RetryAt
	Content string
	Error   string // the failure's code
	RetryAt time.Time
	Unasked bool // while Queued: the attempt counts as no error
	Refund  bool
	Usage   Usage
}

// Usage is what the model counted, in its own tokens.
type Usage struct{ In, Out int }

// Finish writes an outcome under the fence and says whether a unit of r.Day
// goes back; it does so once however often. It fails with ErrCancelled or ErrLost.
func (r *Reply) Finish(fence int64, o Outcome) (refund bool, err error) {
	if err := r.held(fence); err != nil {
		return false, err
	}
	r.Status, r.Content, r.Error, r.Due = o.Status, o.Content, o.Error, o.RetryAt
	if o.Status == Queued && !o.Unasked {
		r.Errors++
	}
	return o.Refund && r.giveBack(), nil
}

// Cancel stops a reply that is not final, keeping what was written, and says
// whether a unit of r.Day goes back: when that was nothing. It fails with ErrLost on a final reply.
func (r *Reply) Cancel(written string) (refund bool, err error) {
	if r.Status.Final() {
		return false, ErrLost
	}
	r.Status, r.Content = Cancelled, written
	return written == "" && r.giveBack(), nil
}

// Again queues a failed reply anew with a unit of day, which the caller has taken. It fails with ErrLost on any other.
func (r *Reply) Again(now time.Time, day quota.Day) error {
	if r.Status != Failed {
		return ErrLost
	}
	r.Status, r.Content, r.Error = Queued, "", ""
	r.Due, r.Rank, r.FirstClaim, r.Errors, r.Crashes = now, now, time.Time{}, 0, 0
	r.Day, r.Unit = day, true
	return nil
}

func (r *Reply) giveBack() bool {
	held := r.Unit
	r.Unit = false
	return held
}

// Next is the reply of one room that may be claimed at now, or nil: a room has
// one answer under way at a time, and its replies go in the order of their
// prompts, so a head that waits for its retry holds the room.
func Next(room []*Reply, now time.Time) *Reply {
	var head *Reply
	for _, r := range room {
		switch {
		case r.Status == Running:
			head = r
		case r.Status == Queued && (head == nil || head.Status != Running && r.Born < head.Born):
			head = r
		}
	}
	if head == nil || !head.Claimable(now) {
		return nil
	}
	return head
}
