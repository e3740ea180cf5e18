package postgres

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	// markCancelling does not change the room's revision, because users see no change before Finish.
	markCancelling = `UPDATE messages SET cancelling = true WHERE id = $1`

	readCount = `SELECT n AS used, refunds AS refunded FROM sent WHERE user_id = $1 AND day = $2`

	saveCount = `UPDATE sent SET n = $3, refunds = $4 WHERE user_id = $1 AND day = $2`
)

// Cancel implements ports.MessageChanges. The locks are taken in this order: user, turn,
// room, message, count, head. The lock on the message keeps its lease as it is, because a renewal does
// not lock the room.
func (s MessageChanges) Cancel(ctx context.Context, c ports.Cancel) (ports.Cancelled, error) {
	var cancelled ports.Cancelled
	err := s.changeRoom(ctx, c.Owner, func(ctx context.Context, tx *sqlx.Tx) (err error) {
		cancelled, err = cancel(ctx, tx, c)
		return err
	})
	if err != nil {
		return ports.Cancelled{}, wrap("cancelling a reply", err)
	}
	return cancelled, nil
}

// cancel marks a running reply, and ends a queued one.
func cancel(ctx context.Context, tx *sqlx.Tx, c ports.Cancel) (cancelled ports.Cancelled, err error) {
	room, err := lockRoom(ctx, tx, c.Owner, c.Room)
	if err != nil {
		return cancelled, err
	}
	r, err := room.lockMessage(ctx, tx, c.Reply)
	if err != nil {
		return cancelled, err
	}
	day, err := room.readCount(ctx, tx, r.Day)
	if err != nil {
		return cancelled, err
	}
	if err := r.Cancel(&day, c.RefundLimit); err != nil {
		return cancelled, err
	}
	if r.Status == chat.Running {
		_, err = tx.ExecContext(ctx, markCancelling, r.ID)
		return ports.Cancelled{Reply: r.Message, Fence: r.Fence, Expired: r.Claimable(c.Now)}, err
	}
	r.Rev = room.nextRev()
	next, err := room.endQueued(ctx, tx, r, day, c.Now)
	return ports.Cancelled{Reply: r.Message, Fence: r.Fence, Next: next}, err
}

// readCount returns what the owner has used of a day. The lock on the owner's turn protects it.
func (r *lockedRoom) readCount(ctx context.Context, tx *sqlx.Tx, day quota.Day) (count quota.Count, err error) {
	err = tx.GetContext(ctx, &count, readCount, r.Owner, dateOf(day))
	return count, ignoreNoRows(err)
}

// endQueued writes a queued reply that was cancelled and the count of its day. It returns the reply
// of the room that can be claimed now, or "".
func (r *lockedRoom) endQueued(
	ctx context.Context, tx *sqlx.Tx, ended reply.Reply, day quota.Count, now time.Time,
) (next id.ID, err error) {
	if err := r.saveReply(ctx, tx, ended, chat.Version{}); err != nil {
		return "", err
	}
	if _, err := tx.ExecContext(ctx, saveCount, r.Owner, dateOf(ended.Day), day.Used, day.Refunded); err != nil {
		return "", err
	}
	return r.settle(ctx, tx, settleParams{Now: now, Change: -1})
}
