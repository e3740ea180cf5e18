package postgres

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// claimState returns no row for a reply of a deleted room.
const claimState = `
	SELECT m.status, m.fence, m.cancelling FROM messages m JOIN rooms r ON r.id = m.room
	WHERE m.id = $1 AND r.owner IS NOT NULL`

var queueDepth = load[depthParams]("queue_depth.sql")

// depthParams are the parameters of queue_depth.sql.
type depthParams struct {
	Now time.Time `db:"now"`
}

// Depth implements ports.ReplyQueue.
func (s ReplyQueue) Depth(ctx context.Context, now time.Time) (ports.Depth, error) {
	var row struct {
		Queued    int
		Running   int
		OldestDue sql.NullTime `db:"oldest_due"`
	}
	if err := queueDepth.get(ctx, s.messagePool, &row, depthParams{Now: now}); err != nil {
		return ports.Depth{}, wrap("measuring the queue", err)
	}
	depth := ports.Depth{Queued: row.Queued, Running: row.Running}
	if row.OldestDue.Valid {
		depth.Oldest = now.Sub(row.OldestDue.Time)
	}
	return depth, nil
}

// claimError translates the error of a statement that changes a claimed reply. For
// sql.ErrNoRows it queries the reply and returns reply.ErrDeleted, reply.ErrCancelled or
// reply.ErrClaimLost. It returns any other error, and nil, unchanged.
func (s ReplyQueue) claimError(ctx context.Context, c claim, err error) error {
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	var now struct {
		Status     chat.Status
		Fence      int64
		Cancelling bool
	}
	if err := s.messagePool.GetContext(ctx, &now, claimState, c.ReplyID); err != nil {
		return wrapNotFound("reading the state of a claim", err, reply.ErrDeleted)
	}
	held := now.Status == chat.Running && now.Fence == c.Fence
	if now.Status == chat.Cancelled || held && now.Cancelling {
		return reply.ErrCancelled
	}
	return reply.ErrClaimLost
}
