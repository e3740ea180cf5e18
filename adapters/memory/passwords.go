package memory

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/user"
)

// Set implements ports.Passwords.
func (s Passwords) Set(ctx context.Context, userID id.ID, number phone.Number, hash string) error {
	return s.change(ctx, userID, func(u *user.User) error {
		if u.Number != number {
			return user.ErrNotFound
		}
		u.PasswordHash = hash
		return nil
	})
}

// Swap implements ports.Passwords.
func (s Passwords) Swap(ctx context.Context, userID id.ID, old, hash string) error {
	return s.change(ctx, userID, func(u *user.User) error {
		if u.PasswordHash != old {
			return user.ErrWrongPassword
		}
		u.PasswordHash = hash
		return nil
	})
}
