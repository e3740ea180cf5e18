package ports

import (
	"time"

	"github.com/kuvaka-tech/parley/core/session"
)

// Tokens converts sessions to signed access tokens and back.
type Tokens interface {
	// Sign returns the access token of a session.
	Sign(s session.Session) (string, error)
	// Verify returns the session of an access token. It fails with session.ErrBadToken when
	// the token was not signed with one of the server's keys, is not an access token, or is
	// not valid at now. It does not check whether the session has ended.
	Verify(token string, now time.Time) (session.Session, error)
}
