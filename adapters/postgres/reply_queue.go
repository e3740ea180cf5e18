package postgres

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	queueDepth = `
		SELECT
			count(*) FILTER (WHERE status = 'queued' AND due <= $1) AS queued,
			count(*) FILTER (WHERE status = 'running') AS running,
			min(due) FILTER (WHERE status = 'queued' AND due <= $1) AS oldest_due
		FROM messages WHERE status IN ('queued', 'running')`

	replyStatus = `SELECT status FROM messages WHERE id = $1`
)

// Depth implements ports.ReplyQueue.
func (s ReplyQueue) Depth(ctx context.Context, now time.Time) (ports.Depth, error) {
	var row struct {
		Queued    int
		Running   int
		OldestDue sql.NullTime `db:"oldest_due"`
	}
	if err := s.pool.GetContext(ctx, &row, queueDepth, now); err != nil {
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
func (s ReplyQueue) claimError(ctx context.Context, replyID id.ID, err error) error {
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	var status chat.Status
	if err := s.pool.GetContext(ctx, &status, replyStatus, replyID); err != nil {
		return wrapNotFound("reading the status of a reply", err, reply.ErrDeleted)
	}
	if status == chat.Cancelled {
		return reply.ErrCancelled
	}
	return reply.ErrClaimLost
}
