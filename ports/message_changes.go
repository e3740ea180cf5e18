package ports

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
)

// MessageChanges changes messages that were accepted earlier. Each method is one
// transaction. The rules are in core/reply and core/chat.
type MessageChanges interface {
	// Edit replaces the text of the last prompt of a room and queues its reply again, under
	// the next two revisions of the room: first the prompt, then the reply. It takes a unit
	// of the day's quota, keeps the old texts as versions, and sets the room's Updated. An
	// idempotency key works as in Messages.Accept.
	//
	// Edit fails with chat.ErrNotFound, chat.ErrMismatch, chat.ErrInFlight,
	// chat.ErrNotEditable, reply.ErrBacklog if e.IsBacklogFull, quota.ErrOverloaded if
	// e.Overloaded is set, or quota.ErrExhausted. If several of them apply, the first in this
	// order is returned. With reply.ErrBacklog and quota.ErrExhausted, Spent of the result is
	// valid.
	Edit(ctx context.Context, e chat.Edit) (chat.Accepted, error)
	// Retry queues the last reply of a room again, under the next revision of the room. It
	// takes a unit and keeps the old text as a version. It fails like Edit, with
	// reply.ErrNotRetryable instead of chat.ErrNotEditable.
	Retry(ctx context.Context, r chat.Retry) (chat.Retried, error)
	// Cancel cancels a reply: see reply.Reply.Cancel. It refunds the unit of a queued
	// reply within c.RefundLimit. Refunds of Cancel and ReplyQueue.Finish share the limit.
	// It fails with chat.ErrNotFound, or with reply.ErrNotCancellable when the message is a
	// prompt or a final reply.
	Cancel(ctx context.Context, c Cancel) (Cancelled, error)
	// Versions returns a page of the earlier texts of a message, oldest first. It fails with
	// chat.ErrNotFound.
	Versions(ctx context.Context, q chat.VersionQuery) (chat.VersionPage, error)
}

// Cancel is a request to cancel a reply.
type Cancel struct {
	Owner, Room, Reply id.ID
	Now                time.Time
	RefundLimit        quota.RefundLimit
}

// Cancelled is the result of MessageChanges.Cancel.
type Cancelled struct {
	Reply   chat.Message // Cancelled, or Running until its worker has stopped
	Fence   int64        // of the last claim, 0 if there was none
	Expired bool         // the reply is running, but its lease has expired: no worker will finish it
	Next    id.ID        // as in Finished
}
