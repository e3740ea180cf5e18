package postgres

import (
	"context"
	"errors"
	"time"
)

var returnHeads = load[returnHeadsParams]("return_heads.sql")

const (
	// maxReturnedHeads limits the heads that one statement makes claimable again.
	maxReturnedHeads = 200
	// maxTurnWait limits the wait for a turn that another statement has locked.
	maxTurnWait = 100 * time.Millisecond
)

// returnHeadsParams are the parameters of return_heads.sql.
type returnHeadsParams struct {
	Now   time.Time `db:"now"`
	Limit int       `db:"limit"`
}

// refreshIfOld refreshes the queue if that was not done within the last second. It reports
// whether there may be a reply to claim.
func (s ReplyQueue) refreshIfOld(ctx context.Context, now time.Time) (more bool, err error) {
	if !s.turnClasses.isOld(now) {
		return true, nil
	}
	found, err := s.refresh(ctx, now)
	return len(found) > 0, err
}

// refresh makes heads claimable that are due again, and finds the first turn of each class, from
// where claims have to search.
func (s ReplyQueue) refresh(ctx context.Context, now time.Time) (found []firstTurn, err error) {
	for returned := maxReturnedHeads; returned == maxReturnedHeads; {
		err := returnHeads.get(ctx, s.leasePool, &returned, returnHeadsParams{Now: now, Limit: maxReturnedHeads})
		if err != nil {
			return nil, err
		}
	}
	err = s.leasePool.SelectContext(ctx, &found, findTurnClasses)
	if err == nil {
		s.turnClasses.set(now, found)
	}
	return found, err
}

// refreshAfterNone refreshes the queue after a claim that found no reply. If there is one
// nevertheless, its turn may have been locked. So refreshAfterNone waits for the turn, and
// reports true if it is free. A turn that stays locked must not delay the claims of others.
func (s ReplyQueue) refreshAfterNone(ctx context.Context, now time.Time) (more bool, err error) {
	found, err := s.refresh(ctx, now)
	if err != nil || len(found) == 0 {
		return false, err
	}
	if err := s.repairStuck(ctx, now); err != nil {
		return false, err
	}
	wait := query{sql: lockTurn, args: []any{string(found[0].Owner)}}
	err = translate(s.leasePool.pipeline(ctx, limitTurnWait(), wait))
	if errors.Is(err, errLockTimeout) {
		return false, nil
	}
	return err == nil, err
}

// limitTurnWait limits how long the following statements of a transaction wait for locks.
func limitTurnWait() query {
	return query{sql: `SELECT set_config('lock_timeout', $1, true)`, args: []any{maxTurnWait.String()}}
}
