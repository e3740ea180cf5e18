// Package session holds what a login opens.
package session

import (
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
)

// Session is one login of one user. A token carries its ID and is worth no more than it.
type Session struct {
	ID      id.ID
	User    id.ID
	Opened  time.Time
	Expires time.Time
}

// Alive says whether the session still opens anything at now.
func (s Session) Alive(now time.Time) bool { return now.Before(s.Expires) }

var (
	// ErrNone refuses a request without a token.
	ErrNone = fault.New(fault.Unauthorized, "not_authenticated", "Not authenticated")
	// ErrBadToken refuses a token that is forged, expired, or of a session that has ended.
	ErrBadToken = fault.New(fault.Unauthorized, "invalid_token", "Could not validate credentials")
)
