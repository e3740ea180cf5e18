// Package reply has the rules of the job queue. A job is a reply that the model has to
// write. The package decides when a worker may claim a reply, how long the claim lasts,
// when a failed attempt is retried, in which order replies are claimed, and when a quota
// unit is refunded.
//
// The use case is app/answer. The port is ports.ReplyQueue, which the stores implement
// in their reply_queue*.go files.
package reply

import (
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
)

// Reply is one job of the queue: the message to be written, with the state of
// its processing. Its status changes only like this:
//
//	queued  -> running             Claim
//	running -> running             Claim, after the lease has expired
//	running -> done | failed       Finish
//	running -> queued              Finish, when the attempt is to be retried
//	queued | running -> cancelled  Cancel
//	failed  -> queued              Restart
type Reply struct {
	chat.Message
	User         id.ID
	Due          time.Time // while queued: the earliest time of a claim
	Rank         time.Time // of the replies that can be claimed, the one with the lowest rank is claimed first
	Fence        int64     // incremented by every claim; a write with an older fence is rejected
	LeaseExpires time.Time // while running: until then, no other worker may claim the reply
	FirstClaim   time.Time // zero before the first claim
	Errors       int       // failed attempts that used up a retry
	Crashes      int       // leases that expired
	Day          quota.Day // the day whose quota unit the reply took
	HoldsUnit    bool      // true until the unit is refunded
	Deferred     bool      // while queued: a claim skipped it because its user had too many running replies
}

var (
	// ErrClaimLost means that the reply is not running under the caller's fence any more:
	// another worker has claimed it, it was queued again, or it is final.
	ErrClaimLost = fault.New(fault.Conflict, "lost", "The claim on this reply is lost.")
	// ErrCancelled means that the user cancelled the reply.
	ErrCancelled = fault.New(fault.Conflict, "cancelled", "The reply was cancelled.")
	// ErrDeleted means that the reply was deleted together with its room or account.
	ErrDeleted = fault.New(fault.NotFound, "gone", "The reply does not exist any more.")
	// ErrNotCancellable means that the reply is already final.
	ErrNotCancellable = fault.New(fault.Conflict, "not_cancellable", "The reply is already final.")
	// ErrNotRetryable means that the reply has not failed.
	ErrNotRetryable = fault.New(fault.Conflict, "not_retryable", "Only a failed reply can be retried.")
)

// Cancel ends a reply that is not final. written, the text so far, becomes its content.
// The HTTP API does not offer Cancel and Restart yet.
//
// refund reports whether the caller must refund one unit of r.Day. Cancel fails with
// ErrNotCancellable when the reply is already final.
func (r *Reply) Cancel(written string) (refund bool, err error) {
	if r.Status.Final() {
		return false, ErrNotCancellable
	}
	r.Status = chat.Cancelled
	r.Content = written
	if !Refundable(r.Status, written) {
		return false, nil
	}
	return r.releaseUnit(), nil
}

// Restart queues a failed reply again because its user has asked again. The caller must
// have taken a quota unit of day. Restart fails with ErrNotRetryable unless the reply has
// failed.
func (r *Reply) Restart(now time.Time, day quota.Day) error {
	if r.Status != chat.Failed {
		return ErrNotRetryable
	}
	restarted := Reply{
		Message:   r.Message,
		User:      r.User,
		Due:       now,
		Rank:      now,
		Fence:     r.Fence,
		Day:       day,
		HoldsUnit: true,
	}
	restarted.Status = chat.Queued
	restarted.Content = ""
	restarted.Error = ""
	*r = restarted
	return nil
}
