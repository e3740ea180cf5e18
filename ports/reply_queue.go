package ports

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// ReplyQueue is the job queue, from which workers claim replies. Messages.Accept adds the
// replies. The rules are in core/reply: reply.Reply has those for the life of one reply,
// reply.NextInRoom the order within a room, and reply.Turn the order of the users.
type ReplyQueue interface {
	// Claim claims up to n replies that are due, at most one of each room. Each one goes to
	// the user whose reply.Turn is next, and is the reply of that user with the lowest Rank.
	// It gets a lease of the given duration and a new fence. No user gets more than perUser
	// running replies over all processes. perUser 0 means no limit. The backlog of one user
	// must not delay the claims of other users.
	Claim(ctx context.Context, now time.Time, lease time.Duration, n, perUser int) ([]reply.Task, error)
	// Renew sets the lease to expire at now plus lease. It fails with reply.ErrDeleted,
	// reply.ErrCancelled or reply.ErrClaimLost. A lease that has expired cannot be renewed.
	// After reply.ErrCancelled, the claim may still hold: the worker then finishes the reply
	// with reply.CancelledOutcome.
	Renew(ctx context.Context, replyID id.ID, fence int64, now time.Time, lease time.Duration) error
	// Finish writes the outcome of the attempt with this fence, also after the lease has
	// expired, unless another worker has claimed the reply. It refunds the
	// quota unit within o.RefundLimit, at most once. However many outcomes of a user are
	// written concurrently, the refunds of a day never exceed the limit. Finish fails with the
	// same errors as Renew. The outcome of a cancelled reply must be reply.CancelledOutcome.
	Finish(ctx context.Context, replyID id.ID, fence int64, o reply.Outcome, now time.Time) (Finished, error)
	// UsersAhead returns how many users are served before a user without queued replies whose
	// reply is accepted at now with this head start: those with a reply that can be claimed, and
	// an earlier reply.Turn. It counts up to limit. It may miss a reply that has become claimable
	// within the last second, because its retry is due or its lease has expired.
	UsersAhead(ctx context.Context, now time.Time, headStart time.Duration, limit int) (int, error)
	// Depth returns the size of the queue at now.
	Depth(ctx context.Context, now time.Time) (Depth, error)
}

// Finished is the result of ReplyQueue.Finish.
type Finished struct {
	Rev      int64 // the room's revision after the change
	Refunded bool  // whether the quota unit was refunded
	// Next is a reply that can be claimed now, so a worker should be woken for it: the next
	// reply of the room, or else a reply of the user that could be claimed before, but waited
	// because the user was at the limit of running replies. "" if none exists.
	Next id.ID
}

// Depth is the size of the queue.
type Depth struct {
	Queued  int           // replies that are not claimed and do not wait for a retry
	Running int           // claimed replies, also those whose lease has expired
	Oldest  time.Duration // how long the oldest reply that a worker could claim has been due
}
