package postgres

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jmoiron/sqlx"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
)

// takeUnit returns no row when the limit $3 is reached. The limit must not be 0.
const takeUnit = `
	INSERT INTO sent (user_id, day, n) VALUES ($1, $2, 1)
	ON CONFLICT ON CONSTRAINT sent_pkey DO UPDATE SET n = sent.n + 1 WHERE $3 < 0 OR sent.n < $3
	RETURNING n`

// askAgain is an Edit or a Retry in its transaction. The locks are taken in this order:
// user, turn and room, message, count, head, idempotency key.
type askAgain struct {
	tx       *sqlx.Tx
	ask      chat.Ask
	room     lockedRoom
	terms    plan.Terms  // of the user's plan
	message  reply.Reply // the message that the request names
	firstUse *keyUse     // the first use of the idempotency key, nil for none
}

// newAskAgain locks the room and the message, and reads the idempotency key. It fails with
// chat.ErrNotFound or chat.ErrMismatch. Because it reads the key after it has locked the
// room, it finds the key of a request for the same room that was accepted during its wait.
func newAskAgain(ctx context.Context, tx *sqlx.Tx, ask chat.Ask, messageID id.ID) (*askAgain, error) {
	room, err := lockRoom(ctx, tx, ask.User, ask.Room)
	if err != nil {
		return nil, err
	}
	message, err := room.lockMessage(ctx, tx, messageID)
	if err != nil {
		return nil, err
	}
	firstUse, err := readKey(ctx, tx, ask)
	if err != nil {
		return nil, err
	}
	terms := ask.Basic
	if ask.Now.Before(room.ProUntil.Time) {
		terms = ask.Pro
	}
	return &askAgain{
		tx:       tx,
		ask:      ask,
		room:     room,
		terms:    terms,
		message:  message,
		firstUse: firstUse,
	}, nil
}

// restartLast restarts the last reply of the room under the next revision, for a unit of the
// day's quota. It fails with reply.ErrNotRetryable unless the reply is final and isAsked
// returns true for it, and as takeUnit does.
func (a *askAgain) restartLast(
	ctx context.Context, isAsked func(last reply.Reply) bool,
) (r reply.Reply, spent chat.Spent, err error) {
	r, err = a.room.lockLastReply(ctx, a.tx)
	if err != nil {
		return r, spent, err
	}
	if !isAsked(r) {
		return r, spent, reply.ErrNotRetryable
	}
	old, _, err := r.Restart(a.ask.Now, a.terms.Rank(a.ask.Now))
	if err != nil {
		return r, spent, err
	}
	r.Rev = a.room.nextRev()
	spent, err = a.takeUnit(ctx)
	if err != nil {
		return r, spent, err
	}
	if err := a.room.saveReply(ctx, a.tx, r, old); err != nil {
		return r, spent, err
	}
	headStart := a.terms.HeadStart.Microseconds()
	_, err = a.room.settle(ctx, a.tx, settleParams{Now: a.ask.Now, Change: 1, HeadStart: headStart})
	return r, spent, err
}

// takeUnit takes a unit of the day's quota. It fails with quota.ErrOverloaded, or with
// reply.ErrBacklog or quota.ErrExhausted and a valid result.
func (a *askAgain) takeUnit(ctx context.Context) (chat.Spent, error) {
	isFull := a.ask.IsBacklogFull(a.room.Queued)
	if a.ask.Overloaded && !isFull {
		return chat.Spent{}, quota.ErrOverloaded
	}
	spent, day := chat.Spent{Limit: a.terms.Limit}, quota.DayOf(a.ask.Now)
	err := sql.ErrNoRows
	if spent.Limit.Allows(0) && !isFull {
		err = a.tx.GetContext(ctx, &spent.Used, takeUnit, a.ask.User, dateOf(day), int(spent.Limit))
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return spent, err
	}
	spent.Used, err = countUnits(ctx, a.tx, a.ask.User, day)
	switch {
	case err != nil:
		return spent, err
	case isFull:
		return spent, reply.ErrBacklog
	}
	return spent, quota.ErrExhausted
}
