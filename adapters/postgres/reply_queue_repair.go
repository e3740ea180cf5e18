package postgres

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
)

// The previous version of the program changes messages without the tables turns and heads.
// While both versions run, and for a while after that, the repair finds what is missing. Each
// call examines the next page of rooms and of turns. It can be deleted one release later.
var (
	findBrokenRooms = load[pageOfQueue]("broken_rooms.sql")
	findBrokenTurns = load[pageOfQueue]("broken_turns.sql")
	findStuckTurns  = load[stuckParams]("stuck_turns.sql")
	repairTurn      = load[repairParams]("repair_turn.sql")
)

const (
	roomsPerRepair = 200
	turnsPerRepair = 200
	stuckPerRepair = 100 // in each class

	zeroID = id.ID("00000000-0000-0000-0000-000000000000")
)

// pageOfQueue has the parameters of broken_rooms.sql and broken_turns.sql.
type pageOfQueue struct {
	Now   time.Time `db:"now"`
	After id.ID     `db:"after"`
	Limit int       `db:"limit"`
}

// stuckParams are the parameters of stuck_turns.sql.
type stuckParams struct {
	Now        time.Time   `db:"now"`
	HeadStarts []int64     `db:"head_starts"`
	Served     []bool      `db:"served"`
	Floors     []time.Time `db:"floors"`
	Limit      int         `db:"limit"`
}

// repairParams are the parameters of repair_turn.sql.
type repairParams struct {
	Owner id.ID     `db:"owner"`
	Now   time.Time `db:"now"`
}

// repairIfOld examines the next page of rooms and of turns, and repairs the turns of their owners.
// It does nothing if that was done within the last second.
func (s ReplyQueue) repairIfOld(ctx context.Context, now time.Time) error {
	if !s.repairs.begin(now) {
		return nil
	}
	for _, scan := range []*repairScan{&s.roomScan, &s.turnScan} {
		owners, err := scan.next(ctx, s.leasePool, now)
		if err != nil {
			return err
		}
		s.repairTurns(ctx, owners, now)
	}
	return nil
}

// repairStuck repairs the first turns of each class that seem to be open, but are not.
func (s ReplyQueue) repairStuck(ctx context.Context, now time.Time) error {
	var p claimParams
	s.turnClasses.fill(&p)
	var owners []id.ID
	err := findStuckTurns.selectAll(ctx, s.leasePool, &owners, stuckParams{
		Now:        now,
		HeadStarts: p.HeadStarts,
		Served:     p.Served,
		Floors:     p.Floors,
		Limit:      stuckPerRepair,
	})
	s.repairTurns(ctx, owners, now)
	return err
}

// repairTurns repairs the turns of users. It ignores errors, because a later call finds the
// turn again: the previous version may delete a room in the meantime, or keep it locked.
func (s ReplyQueue) repairTurns(ctx context.Context, owners []id.ID, now time.Time) {
	for _, owner := range owners {
		_ = s.repairTurn(ctx, repairParams{Owner: owner, Now: now})
	}
}

// repairTurn computes the turn and the heads of a user again. It waits for locks only shortly,
// because claims wait for it.
func (s ReplyQueue) repairTurn(ctx context.Context, p repairParams) error {
	return s.leasePool.pipeline(ctx, limitLockWait(),
		query{sql: addTurn, args: []any{string(p.Owner)}},
		query{sql: lockTurn, args: []any{string(p.Owner)}},
		query{sql: repairTurn.sql, args: repairTurn.args(p)})
}
