package ports

import (
	"context"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/quota"
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
	// ChangeNumber changes the number of an account in one transaction. It ends all other
	// sessions of the user and forgets their devices. It keeps the counts of the old number as
	// Eraser.Erase does, and merges the user's counts with those that c.Merge selects
	// (quota.Count.Merge). A change to the own number only ends the other sessions.
	//
	// ChangeNumber fails with user.ErrNotFound, session.ErrBadToken when c.Session is not a
	// session of the user, user.ErrNumberChanged when the account does not have the number
	// c.Old, or user.ErrNumberTaken. It changes nothing when it fails.
	ChangeNumber(ctx context.Context, c NumberChange) error
}

// NumberChange is the change of the number of an account.
type NumberChange struct {
	User     id.ID
	Session  id.ID // the session that continues
	Old, New phone.Number
	Keep     KeepCounts        // the counts that stay under the old number
	Merge    []quota.NumberMAC // of the new number, under each key
}
