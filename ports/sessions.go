package ports

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
)

// Sessions stores the sessions that logins open.
type Sessions interface {
	// Open stores a session. It fails with user.ErrNotFound when the account does not exist.
	Open(ctx context.Context, s session.Session) error
	// Alive fails with session.ErrBadToken when the session is unknown, expired at now or
	// ended. After another process has ended a session, Alive may succeed for up to a
	// second.
	Alive(ctx context.Context, sessionID id.ID, now time.Time) error
	// End ends a session. It also succeeds when the session is unknown or has already ended.
	End(ctx context.Context, sessionID id.ID) error
	// EndAll ends all sessions of a user but the session except. It ends all if except is "".
	EndAll(ctx context.Context, userID, except id.ID) error
	// EndEvery ends the sessions of all users. If it fails, some of them have ended.
	EndEvery(ctx context.Context) error
}
