package postgres

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/user"
)

var eraseUser = load[eraseParams]("erase_user.sql")

// eraseParams are the parameters of erase_user.sql.
type eraseParams struct {
	UserID id.ID `db:"user_id"`
}

// Erase implements ports.Eraser.
func (s Eraser) Erase(ctx context.Context, userID id.ID) error {
	args := eraseUser.args(eraseParams{UserID: userID})
	err := s.changeRow(allowLong(ctx), "erasing a user", user.ErrNotFound, eraseUser.sql, args...)
	s.sessionCache.invalidate()
	return err
}
