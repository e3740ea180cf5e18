package postgres

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

var eraseUser = load[eraseParams]("erase_user.sql")

// eraseParams are the parameters of erase_user.sql.
type eraseParams struct {
	UserID id.ID `db:"user_id"`
}

// Erase implements ports.Eraser.
func (s Eraser) Erase(ctx context.Context, userID id.ID, keep ports.KeepCounts) error {
	var erased string
	erase := query{
		sql:  eraseUser.sql,
		args: eraseUser.args(eraseParams{UserID: userID}),
		row:  []any{&erased},
	}
	err := s.pool.pipeline(allowLong(ctx), append(keepCountsQueries(userID, keep), erase)...)
	s.sessionCache.invalidate()
	return wrapNotFound("erasing a user", err, user.ErrNotFound)
}
