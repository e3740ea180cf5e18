package postgres

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kuvaka-tech/parley/core/id"
)

const (
	// addTurn adds the turn of a user who has none yet.
	addTurn = `
		INSERT INTO turns (owner) SELECT id FROM users WHERE id = $1
		ON CONFLICT ON CONSTRAINT turns_pkey DO NOTHING`

	lockTurn = `SELECT FROM turns WHERE owner = $1 FOR NO KEY UPDATE`
)

// withTurn is withTurn on the pool.
func (db *DB) withTurn(ctx context.Context, owner id.ID, f func() error) error {
	return withTurn(ctx, db.messagePool, owner, f)
}

// withTurn runs f, which locks the turn of a user, and fails with sql.ErrNoRows if the turn or
// something else is missing. Then withTurn adds the turn, if it is missing, and calls f again.
func withTurn(ctx context.Context, q queryer, owner id.ID, f func() error) error {
	err := f()
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if _, err := q.ExecContext(ctx, addTurn, owner); err != nil {
		return err
	}
	return f()
}

var settleRoom = load[settleParams]("settle_room.sql")

// settleParams are the parameters of settle_room.sql.
type settleParams struct {
	RoomID    id.ID     `db:"room_id"`
	Owner     id.ID     `db:"owner"`
	Now       time.Time `db:"now"`
	Change    int       `db:"change"`
	HeadStart int64     `db:"head_start"` // in microseconds
}

// settle updates the head of the room and the turn of its owner after a reply was queued or
// cancelled. It returns the reply of the room that can be claimed now, or "".
func (r *lockedRoom) settle(ctx context.Context, tx *sqlx.Tx, p settleParams) (next id.ID, err error) {
	p.RoomID = r.ID
	p.Owner = r.Owner
	err = settleRoom.get(ctx, tx, &next, p)
	return next, err
}
