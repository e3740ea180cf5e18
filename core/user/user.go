// Package user defines accounts and the rule of passwords.
package user

import (
	"errors"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
)

// SignupTTL is how long a sign-up is kept until its number is proven with a code.
const SignupTTL = 24 * time.Hour

// Signup is the name that somebody wants for the future account of a number. It proves nothing:
// anyone can send it for any number.
type Signup struct {
	ID      id.ID
	Number  phone.Number
	Name    string // "" for none
	Created time.Time
}

// User is an account. The first code that is entered for its number opens it.
type User struct {
	ID           id.ID
	Number       phone.Number
	Name         string
	PasswordHash string // encoded, "" if no password is set
	Created      time.Time
	Proven       time.Time // when the first code for the number was entered
	ProUntil     time.Time // the end of the entitlement to Pro; updated whenever the subscription changes
}

// IsPro reports whether the user is entitled to Pro at now.
func (u User) IsPro(now time.Time) bool { return now.Before(u.ProUntil) }

// Errors of accounts and logins.
var (
	// ErrNotFound means that the account does not exist.
	ErrNotFound = fault.New(fault.NotFound, "not_found", "There is no such user.")
	// ErrCredentials means that a login by password failed. The client must not learn why.
	ErrCredentials = fault.New(fault.Unauthorized, "invalid_credentials", "Wrong number or password")
	// ErrWrongPassword means that a change of the password has a wrong old password, or none.
	ErrWrongPassword = fault.New(fault.Refused, "wrong_password", "The old password is wrong or missing.")
	// ErrNumberTaken means that another account has the number. The client must not learn this.
	ErrNumberTaken = errors.New("another account has the number")
	// ErrNumberChanged means that the number of the account was changed by another request.
	ErrNumberChanged = errors.New("the account has another number by now")
	// ErrInvalidPassword means that a new password breaks the rule of CheckPassword.
	ErrInvalidPassword = fault.InvalidField("new_password", "must have 8 to 128 characters and no NUL")
)
