package postgres

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/user"
)

const (
	setPassword = `UPDATE users SET password = $3 WHERE id = $1 AND number = $2`

	swapPassword = `
		WITH swapped AS (UPDATE users SET password = $3 WHERE id = $1 AND password = $2 RETURNING id)
		SELECT EXISTS (SELECT FROM swapped) FROM users WHERE id = $1`
)

// Set implements ports.Passwords.
func (s Passwords) Set(ctx context.Context, userID id.ID, number phone.Number, hash string) error {
	err := changeRow(ctx, s.pool, setPassword, userID, number.String(), hash)
	return wrapNotFound("setting a password", err, user.ErrNotFound)
}

// Swap implements ports.Passwords.
func (s Passwords) Swap(ctx context.Context, userID id.ID, old, hash string) error {
	var swapped bool
	err := s.pool.GetContext(ctx, &swapped, swapPassword, userID, old, hash)
	if err == nil && !swapped {
		err = user.ErrWrongPassword
	}
	return wrapNotFound("swapping a password", err, user.ErrNotFound)
}
