package postgres

import (
	"context"
	"database/sql"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// ownerOfReply returns no row for a reply of a deleted room.
const ownerOfReply = `
	SELECT r.owner FROM messages m JOIN rooms r ON r.id = m.room WHERE m.id = $1 AND r.owner IS NOT NULL`

var lockReply = load[lockReplyParams]("lock_reply.sql")

// lockReplyParams are the parameters of lock_reply.sql.
type lockReplyParams struct {
	ReplyID id.ID `db:"reply_id"`
}

// finish is an outcome to write.
type finish struct {
	claim
	outcome reply.Outcome
	now     time.Time
}

// Finish implements ports.ReplyQueue. Concurrent calls share one transaction, which waits for no
// lock. If it did not write an outcome, Finish runs a transaction for this outcome alone, which
// waits for the locks.
func (s ReplyQueue) Finish(
	ctx context.Context, replyID id.ID, fence int64, o reply.Outcome, now time.Time,
) (ports.Finished, error) {
	f := finish{claim: claim{replyID, fence}, outcome: o, now: now}
	finished, err := s.finishes.Do(ctx, f)
	if err == nil && finished == nil {
		finished, err = s.finishAlone(ctx, f)
	}
	if err != nil {
		return ports.Finished{}, s.claimError(ctx, f.claim, wrap("finishing a reply", err))
	}
	return *finished, nil
}

// finishAlone writes one outcome. It fails with sql.ErrNoRows if the claim does not hold any more.
// It reads the owner of the reply first, to wait behind the owner's other changes.
func (db *DB) finishAlone(ctx context.Context, f finish) (finished *ports.Finished, err error) {
	var owner id.ID
	if err := db.messagePool.GetContext(ctx, &owner, ownerOfReply, f.ReplyID); err != nil {
		return nil, err
	}
	var locked string
	lock := query{
		sql:  lockReply.sql,
		args: lockReply.args(lockReplyParams{f.ReplyID}),
		row:  []any{&locked},
	}
	write := finishQuery([]finish{f}, func(_ int, found ports.Finished) { finished = &found })
	err = db.locks.do(ctx, owner, func() error { return db.messagePool.pipeline(ctx, lock, write) })
	if err == nil && finished == nil {
		err = sql.ErrNoRows
	}
	return finished, err
}
