package ports

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

// ReplyQueue is the job queue, from which workers claim replies. Messages.Accept adds the
// replies. The rules are in core/reply: reply.Reply has those for the life of one reply,
// reply.NextInRoom and reply.Schedule those for the order.
type ReplyQueue interface {
	// Claim claims up to n replies that are due, the lowest Rank first and at most one of
	// each room. Each gets a lease of the given duration and a new fence. No user gets more
	// than perUser running replies over all processes. perUser 0 means no limit. The
	// backlog of one user must not delay the claims of other users.
	Claim(ctx context.Context, now time.Time, lease time.Duration, n, perUser int) ([]reply.Task, error)
	// Renew sets the lease to expire at now plus lease. It fails with reply.ErrDeleted,
	// reply.ErrCancelled or reply.ErrClaimLost.
	Renew(ctx context.Context, replyID id.ID, fence int64, now time.Time, lease time.Duration) error
	// Finish writes the outcome of the attempt with this fence. If o.Refund is set, it
	// refunds the quota unit, at most once. It fails with the same errors as Renew.
	Finish(ctx context.Context, replyID id.ID, fence int64, o reply.Outcome, now time.Time) (Finished, error)
	// Depth returns the size of the queue at now.
	Depth(ctx context.Context, now time.Time) (Depth, error)
}

// Finished is the result of ReplyQueue.Finish.
type Finished struct {
	Rev int64 // the room's revision after the change
	// Next is a reply that can be claimed now, so a worker should be woken for it: the next
	// reply of the room, or a reply of the same user that Claim deferred. "" if none exists.
	Next id.ID
}

// Depth is the size of the queue.
type Depth struct {
	Queued  int           // replies that are due and not claimed
	Running int           // claimed replies, also those whose lease has expired
	Oldest  time.Duration // how long the oldest queued reply has been due
}
