package postgres

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	// checkNumber reads the number of an account, and whether it has a session.
	checkNumber = `
		SELECT number, EXISTS (SELECT FROM sessions WHERE id = $2 AND user_id = $1) AS open FROM users WHERE id = $1`

	// deleteUnproven deletes a sign-up of the previous version of the program, which is no account.
	deleteUnproven = `DELETE FROM users WHERE number = $1 AND proven IS NULL`

	changeNumber = `UPDATE users SET number = $2 WHERE id = $1`
)

// ChangeNumber implements ports.Users. The constraint users_number_key makes it fail with
// user.ErrNumberTaken.
func (s Users) ChangeNumber(ctx context.Context, c ports.NumberChange) error {
	err := s.pool.transaction(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		if err := lockAccount.exec(ctx, tx, eraseParams{UserID: c.User}); err != nil {
			return err
		}
		if err := checkNumberChange(ctx, tx, c); err != nil {
			return err
		}
		if err := moveCounts(ctx, tx, c); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deleteUnproven, c.New.String()); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, changeNumber, c.User, c.New.String()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, endSessions, c.User, c.Session)
		return err
	})
	return wrapNotFound("changing a number", err, user.ErrNotFound)
}

// checkNumberChange returns the errors of ChangeNumber, except user.ErrNumberTaken. It returns
// sql.ErrNoRows when the user does not exist.
func checkNumberChange(ctx context.Context, tx *sqlx.Tx, c ports.NumberChange) error {
	var row struct {
		Number string
		Open   bool
	}
	if err := tx.GetContext(ctx, &row, checkNumber, c.User, c.Session); err != nil {
		return err
	}
	switch {
	case !row.Open:
		return session.ErrBadToken
	case row.Number != c.Old.String():
		return user.ErrNumberChanged
	}
	return nil
}

// moveCounts keeps the counts of the old number, and merges those of the new one.
func moveCounts(ctx context.Context, tx *sqlx.Tx, c ports.NumberChange) error {
	if err := keepCounts.exec(ctx, tx, newKeepCountsParams(c.User, c.Keep)); err != nil {
		return err
	}
	for _, number := range c.Merge {
		k := ports.KeepCounts{Number: number, FirstDay: c.Keep.FirstDay}
		if err := mergeCounts.exec(ctx, tx, newKeepCountsParams(c.User, k)); err != nil {
			return err
		}
	}
	return nil
}
