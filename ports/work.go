package ports

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// Depth is how much waits to be answered.
type Depth struct {
	Queued  int           // replies that are due and not claimed
	Running int           // replies under a claim
	Oldest  time.Duration // how long the first of the Queued has been due
}

// Finished is what ending an attempt leads to.
type Finished struct {
	Rev int64 // the room's revision
	// Next is a due reply that somebody may be woken for: the room's next, or else
	// one of its owner's that a Claim held back; "" for none.
	Next id.ID
}

// Work hands replies out to workers. Rules and order are chat.Reply's, chat.Next's and chat.Turns'.
type Work interface {
	// Claim takes up to n claimable replies under a lease and a new fence, the
	// lowest Rank first, one of each room at most, and so that no owner has more
	// than perUser running, by whomever they were claimed; 0 bounds nobody. It
	// returns none when none is due. What one owner has waiting costs others no time.
	Claim(ctx context.Context, now time.Time, lease time.Duration, n, perUser int) ([]chat.Task, error)
	// Renew prolongs the lease. It fails with chat.ErrGone, chat.ErrCancelled or chat.ErrLost.
	Renew(ctx context.Context, reply id.ID, fence int64, now time.Time, lease time.Duration) error
	// Finish writes the outcome under the fence, gives the unit back if it says
	// so, and does so once however often. It fails as Renew does.
	Finish(ctx context.Context, reply id.ID, fence int64, o chat.Outcome, now time.Time) (Finished, error)
	Depth(ctx context.Context, now time.Time) (Depth, error)
}

// Workers knows which worker processes live.
type Workers interface {
	// Beat says that the worker lives, until then.
	Beat(ctx context.Context, worker string, until time.Time) error
	// Live counts the workers whose last beat holds at now.
	Live(ctx context.Context, now time.Time) (int, error)
}

// Queue carries wake-ups from those who accept to those who answer. It may lose,
// double and reorder them: the store is the record.
type Queue interface {
	// Wake tells some consumer that a reply is due.
	Wake(ctx context.Context, reply id.ID) error
	// Consume hands wake-ups to handle, one at a time, until ctx is over, and
	// then returns nil. A wake-up is used up when handle returns; while handle
	// blocks, others may go to other consumers. It returns an error when it cannot go on.
	Consume(ctx context.Context, handle func(ctx context.Context, reply id.ID)) error
}

// Retention clears away what has had its time: signups never proven, codes,
// keys, guesses and sessions once they are over, counts of days after quota.Kept of
// them, webhook events after subscription.EventLife.
type Retention interface {
	// Purge returns how many things it removed.
	Purge(ctx context.Context, now time.Time) (int, error)
}
