// Package session defines the sessions that logins open.
package session

import (
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
)

// Session is one login of a user. An access token contains the id of its session, and is
// valid only until the session expires or ends.
type Session struct {
	ID      id.ID
	User    id.ID
	Opened  time.Time
	Expires time.Time
}

// Alive reports whether the session has not expired at now.
func (s Session) Alive(now time.Time) bool { return now.Before(s.Expires) }

var (
	// ErrNoToken means that the request has no token.
	ErrNoToken = fault.New(fault.Unauthorized, "not_authenticated", "Not authenticated")
	// ErrBadToken means that the token is forged or expired, or that its session has ended.
	ErrBadToken = fault.New(fault.Unauthorized, "invalid_token", "Could not validate credentials")
)
