package ports

import (
	"time"

	"github.com/kuvaka-tech/parley/core/session"
)

// Tokens signs and verifies access tokens.
type Tokens interface {
	// Sign returns the token that grants an access.
	Sign(a session.Access) (string, error)
	// Verify returns what an access token grants. It fails with session.ErrBadToken when
	// the token was not signed with one of the server's keys, is not an access token, or is
	// not valid at now. It does not check whether the session has ended.
	Verify(token string, now time.Time) (session.Access, error)
}
