package postgres

import (
	"context"
	"slices"
	"time"
)

var returnHeads = load[returnHeadsParams]("return_heads.sql")

const (
	// maxReturnedHeads limits the heads that one statement makes claimable again.
	maxReturnedHeads = 200
	// maxLockWait limits how long a repair or a batch waits for a lock. A batch waits only for locks
	// of the purge, of renewals, of the previous version, which does not lock turns, and of a
	// transaction that adds the same turn or deletes the user.
	maxLockWait = 100 * time.Millisecond
	// lockedTurnDelay is half of the first delay of refreshAfterNone. Each further delay is twice
	// as long.
	lockedTurnDelay = time.Millisecond
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

// refreshAfterNone refreshes the queue after a claim that found no reply, the nth one in a row. If
// there is a reply nevertheless, its turn is probably locked until another transaction commits.
// So refreshAfterNone waits and reports true, because the claim may find the reply now. It does
// not wait for the lock itself: many claims would then wait for each other. It does not wait for
// replies that were accepted after now either, because this claim cannot get them.
func (s ReplyQueue) refreshAfterNone(ctx context.Context, now time.Time, nth int) (more bool, err error) {
	found, err := s.refresh(ctx, now)
	found = slices.DeleteFunc(found, func(t firstTurn) bool { return t.isLater(now) })
	if err != nil || len(found) == 0 || nth == maxEmptyClaims {
		return false, err
	}
	if nth == maxEmptyClaims-1 {
		return true, s.repairStuck(ctx, now)
	}
	select {
	case <-time.After(lockedTurnDelay << nth):
	case <-ctx.Done():
	}
	return true, ctx.Err()
}

// limitLockWait limits how long the following statements of a transaction wait for locks.
func limitLockWait() query {
	return query{sql: `SELECT set_config('lock_timeout', $1, true)`, args: []any{maxLockWait.String()}}
}
