package ports

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
)

// Passwords changes the password hashes of accounts. Hashes come from a Hasher; "" means no password.
type Passwords interface {
	// Set replaces the hash of the account of a number. It fails with user.ErrNotFound, also
	// when the account has another number by now.
	Set(ctx context.Context, userID id.ID, number phone.Number, hash string) error
	// Swap replaces the hash old. It fails with user.ErrWrongPassword when the stored hash
	// is another one, and with user.ErrNotFound.
	Swap(ctx context.Context, userID id.ID, old, hash string) error
}
