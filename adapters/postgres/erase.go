package postgres

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/user"
)

// eraseUser locks the user first and then as Try does, guesses before codes: the
// deletion of codes reads that of guesses. The rest goes by foreign keys.
const eraseUser = `
WITH who AS (
	SELECT id, number FROM users WHERE id = $1 FOR UPDATE
), forgotten AS (
	DELETE FROM guesses USING who WHERE guesses.number = who.number RETURNING 1
), voided AS (
	DELETE FROM codes USING who WHERE codes.number = who.number AND (SELECT count(*) FROM forgotten) >= 0
)
DELETE FROM users USING who WHERE users.id = who.id`

func (s Eraser) Erase(ctx context.Context, who id.ID) error {
	err := s.change(ctx, "erasing a user", user.ErrNotFound, eraseUser, who)
	s.seen.forget()
	return err
}
