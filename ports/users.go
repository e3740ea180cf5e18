package ports

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/user"
)

// Users stores accounts. A phone number has at most one.
type Users interface {
	// Add stores an account. It fails with user.ErrTaken when the number already has one, proven or not.
	Add(ctx context.Context, u user.User) error
	// AddProven returns the account of u's number, which is proven afterwards. If the number
	// has no account, AddProven stores u. If the account is not proven, it sets Proven to
	// u.Proven. It does not change a proven account.
	AddProven(ctx context.Context, u user.User) (user.User, error)
	// Get returns an account. It fails with user.ErrNotFound.
	Get(ctx context.Context, userID id.ID) (user.User, error)
	// Find returns the account of a number. It fails with user.ErrNotFound.
	Find(ctx context.Context, number phone.Number) (user.User, error)
	// Rename sets the name of an account. It fails with user.ErrNotFound.
	Rename(ctx context.Context, userID id.ID, name string) error
}
