// Package user holds the people who talk: who they are and what their names and passwords may be.
package user

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
)

// UnprovenLife is how long a signup waits for its number's first code before it is swept.
const UnprovenLife = 24 * time.Hour

// User is one account. Proven is when the number's first code was entered;
// while it is zero the account opens nothing.
type User struct {
	ID       id.ID
	Number   phone.Number
	Name     string
	Password string // an encoded hash, "" while none is set
	Created  time.Time
	Proven   time.Time
	ProUntil time.Time // the entitlement, stored whenever the subscription changes
}

// IsProven says whether the number has been shown to be its owner's.
func (u User) IsProven() bool { return !u.Proven.IsZero() }

// IsPro says whether the paid plan holds at now.
func (u User) IsPro(now time.Time) bool { return now.Before(u.ProUntil) }

var (
	ErrTaken         = fault.New(fault.Conflict, "taken", "This number already has an account.")
	ErrNotFound      = fault.New(fault.NotFound, "not_found", "There is no such user.")
	ErrCredentials   = fault.New(fault.Unauthorized, "invalid_credentials", "Wrong number or password")
	ErrWrongPassword = fault.New(fault.Refused, "wrong_password", "The old password is wrong or missing.")
	ErrPassword      = fault.Breaks("new_password", "must have 8 to 128 characters and no NUL")
)

// CheckPassword refuses a new password with ErrPassword unless it has 8 to 128
// code points (NIST SP 800-63B, 5.1.1.2: length is the only composition rule).
func CheckPassword(s string) error {
	if n := utf8.RuneCountInString(s); n < 8 || n > 128 || strings.ContainsRune(s, 0) {
		return ErrPassword
	}
	return nil
}
