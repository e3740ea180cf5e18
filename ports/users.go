package ports

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/user"
)

// Users stores accounts. A phone number has at most one.
type Users interface {
	// SignUp stores a sign-up. It does the same work whether or not the number has an account
	// or other sign-ups, so that its duration reveals nothing.
	SignUp(ctx context.Context, s user.Signup) error
	// AddProven returns the account of u's number. If the number has none, AddProven stores u.
	// If u has no name, it then gets the name of the last sign-up of its number that was
	// created less than user.SignupTTL before u. AddProven does not change an existing account.
	AddProven(ctx context.Context, u user.User) (user.User, error)
	// Get returns an account. It fails with user.ErrNotFound.
	Get(ctx context.Context, userID id.ID) (user.User, error)
	// Find returns the account of a number. It fails with user.ErrNotFound.
	Find(ctx context.Context, number phone.Number) (user.User, error)
	// Rename sets the name of an account. It fails with user.ErrNotFound.
	Rename(ctx context.Context, userID id.ID, name string) error
}
