package postgres

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// erasedRooms limits how many rooms, and how many records of deleted rooms, one statement of an
// erasure changes.
const erasedRooms = 1000

var (
	detachRooms = load[detachParams]("detach_rooms.sql")
	eraseUser   = load[eraseParams]("erase_user.sql")
)

// detachParams are the parameters of detach_rooms.sql.
type detachParams struct {
	UserID id.ID `db:"user_id"`
	Kept   int   `db:"kept"`
	Limit  int   `db:"limit"`
}

// eraseParams are the parameters of erase_user.sql.
type eraseParams struct {
	UserID id.ID `db:"user_id"`
}

// Erase implements ports.Eraser. It is one transaction, unless the user has more than erasedRooms
// rooms: earlier transactions then delete the others. So no transaction takes long.
func (s Eraser) Erase(ctx context.Context, userID id.ID, keep ports.KeepCounts) error {
	const operation = "erasing a user"
	if err := s.detach(ctx, userID); err != nil {
		return wrap(operation, err)
	}
	var erased string
	erase := query{
		sql:  eraseUser.sql,
		args: eraseUser.args(eraseParams{UserID: userID}),
		row:  []any{&erased},
	}
	err := s.messagePool.pipeline(allowLong(ctx), append(keepCountsQueries(userID, keep), erase)...)
	return wrapNotFound(operation, err, user.ErrNotFound)
}

// detach takes the owner from all rooms of a user but erasedRooms.
func (s Eraser) detach(ctx context.Context, userID id.ID) error {
	for changed := 1; changed > 0; {
		p := detachParams{UserID: userID, Kept: erasedRooms, Limit: erasedRooms}
		if err := detachRooms.get(ctx, s.roomPool, &changed, p); err != nil {
			return err
		}
	}
	return nil
}
