// Package session defines the sessions that logins open, their tokens and their devices.
package session

import (
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
)

// Session is one login of a user. It ends when the user ends it, or a time after its last use.
// Its access tokens contain its id.
type Session struct {
	ID         id.ID
	User       id.ID
	DeviceName string    // for the user to recognize it, from the User-Agent of the login; "" if unknown
	Opened     time.Time // the login
	LastUsed   time.Time // precise to a minute
	Expires    time.Time
	Rotation   Rotation
}

// Alive reports whether the session has not expired at now.
func (s Session) Alive(now time.Time) bool { return now.Before(s.Expires) }

// Used returns the session after a use at now, which moves Expires to expires. A use does not
// move a time back.
func (s Session) Used(now, expires time.Time) Session {
	if now.After(s.LastUsed) {
		s.LastUsed = now
	}
	if expires.After(s.Expires) {
		s.Expires = expires
	}
	return s
}

var (
	// ErrNoToken means that the request has no token.
	ErrNoToken = fault.New(fault.Unauthorized, "not_authenticated", "Not authenticated")
	// ErrBadToken means that the token is forged or expired, or that its session has ended.
	ErrBadToken = fault.New(fault.Unauthorized, "invalid_token", "Could not validate credentials")
	// ErrNotFound means that the user has no such session.
	ErrNotFound = fault.New(fault.NotFound, "not_found", "There is no such session.")
)
