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
//	queued  -> running                    Claim
//	running -> running                    Claim, after the lease has expired
//	running -> done | failed | cancelled  Finish
//	running -> queued                     Finish, when the attempt is to be retried
//	queued  -> cancelled                  Cancel
//	done | failed | cancelled -> queued   Restart
type Reply struct {
	chat.Message
	User         id.ID
	Due          time.Time // while queued: the earliest time of a claim
	Rank         time.Time // of the replies of one user, the one with the lowest rank is claimed first
	Fence        int64     // incremented by every claim; a write with an older fence is rejected
	LeaseExpires time.Time // while running: until then, no other worker may claim the reply
	FirstClaim   time.Time // zero before the first claim
	Errors       int       // failed attempts that used up a retry
	Crashes      int       // leases that expired
	Day          quota.Day // the day whose quota unit the reply took
	HoldsUnit    bool      // true until the unit is refunded; stays true beyond the limit of refunds
	Cancelling   bool      // while running: its user has cancelled it, and its worker has to finish it
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
	ErrNotCancellable = fault.New(fault.Conflict, "not_cancellable",
		"This is not a reply, or the reply has already ended.")
	// ErrNotRetryable means that a message is not the last reply of its room, or not final.
	ErrNotRetryable = fault.New(fault.Conflict, "not_retryable",
		"Only the last reply of a chatroom can be retried, and only after it has ended. "+
			"Use the id of the reply.")
)
