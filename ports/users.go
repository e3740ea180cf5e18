package ports

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/user"
)

// Users keeps accounts; a number has one at most.
type Users interface {
	// Add fails with user.ErrTaken when the number has an account, proven or not.
	Add(ctx context.Context, u user.User) error
	// Open marks the account of u's number as proven at u.Proven, adding u when
	// there is none, and returns it. An account proven before stays as it is.
	Open(ctx context.Context, u user.User) (user.User, error)
	// Get fails with user.ErrNotFound.
	Get(ctx context.Context, id id.ID) (user.User, error)
	// Find fails with user.ErrNotFound.
	Find(ctx context.Context, number phone.Number) (user.User, error)
	// Rename fails with user.ErrNotFound.
	Rename(ctx context.Context, id id.ID, name string) error
}

// Passwords changes what a user's password is. Hashes are as a Hasher encodes them, "" for none.
type Passwords interface {
	// Set fails with user.ErrNotFound.
	Set(ctx context.Context, user id.ID, hash string) error
	// Swap fails with user.ErrWrongPassword, and changes nothing, when the hash
	// kept is no longer old; with user.ErrNotFound without the user.
	Swap(ctx context.Context, user id.ID, old, hash string) error
}

// Hasher turns passwords into salted hashes that are slow to guess at.
type Hasher interface {
	Hash(ctx context.Context, password string) (string, error)
	// Match says whether hash is of password. Against "" it is false, and takes as long as against any.
	Match(ctx context.Context, hash, password string) (bool, error)
}
