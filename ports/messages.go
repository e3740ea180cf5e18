package ports

import (
	"context"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
)

// Messages stores the messages of rooms.
type Messages interface {
	// Accept stores a message in one transaction: it checks that the room belongs to the
	// user, takes one unit of the day's quota, and inserts the prompt and its queued reply
	// under the next two revisions of the room. If the idempotency key was used within
	// chat.IdempotencyKeyTTL, Accept changes nothing and returns the prompt and reply of
	// the first use.
	//
	// Accept fails with chat.ErrNotFound, chat.ErrMismatch, chat.ErrInFlight,
	// reply.ErrBacklog if d.IsBacklogFull, quota.ErrOverloaded if d.Overloaded is set, or
	// quota.ErrExhausted. If several of them apply, the first in this order is returned.
	// With reply.ErrBacklog and quota.ErrExhausted, Used and Limit of the result are valid.
	// Concurrent Accepts never exceed d.MaxQueued.
	Accept(ctx context.Context, d chat.Draft) (chat.Accepted, error)
	// Get returns a message. It fails with chat.ErrNotFound.
	Get(ctx context.Context, owner, roomID, messageID id.ID) (chat.Message, error)
	// Page returns a page of a room. It fails with chat.ErrNotFound.
	Page(ctx context.Context, q chat.Query) (chat.Page, error)
}
