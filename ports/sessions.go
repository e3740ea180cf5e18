package ports

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
)

// Sessions keeps what logins opened.
type Sessions interface {
	Open(ctx context.Context, s session.Session) error
	// Alive fails with session.ErrBadToken when the session is unknown, is over at
	// now, or has ended: here at once, in another process a second ago at the latest.
	Alive(ctx context.Context, id id.ID, now time.Time) error
	// End ends a session; one that has ended already stays so.
	End(ctx context.Context, id id.ID) error
	// EndAll ends all sessions of a user but the one to keep, "" for none.
	EndAll(ctx context.Context, user, keep id.ID) error
}

// Tokens turns sessions into what clients carry, and back.
type Tokens interface {
	Sign(s session.Session) (string, error)
	// Verify fails with session.ErrBadToken unless the token was signed here, for this purpose, and is not over at now.
	Verify(token string, now time.Time) (session.Session, error)
}
