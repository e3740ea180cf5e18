package ports

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
)

// MaxListedSessions is how many sessions Sessions.List returns at most.
const MaxListedSessions = 100

// EndedWindow is how long Sessions.Ended returns a session after its end. It is longer than any
// call of Sessions and Eraser takes, so a caller that asks every second misses none.
const EndedWindow = 30 * time.Second

// Sessions stores the sessions that logins open.
type Sessions interface {
	// Open stores a session and the device on which it was opened. The device stays known
	// for session.DeviceTTL. If it is known already, it belongs to this session from now on.
	// Open fails with user.ErrNotFound when the account does not exist.
	Open(ctx context.Context, s session.Session, d session.DeviceID) error
	// Alive fails with session.ErrBadToken when the session is unknown, expired at now or
	// ended. After another process has ended a session, Alive may succeed for up to a
	// second.
	Alive(ctx context.Context, sessionID id.ID, now time.Time) error
	// Ended returns the sessions that End, EndAll and erasures have ended in the last
	// EndedWindow, in any process. It may return earlier ones, too.
	Ended(ctx context.Context) ([]id.ID, error)
	// Find returns those of the sessions that are alive at now, in any order.
	Find(ctx context.Context, sessionIDs []id.ID, now time.Time) ([]session.Session, error)
	// List returns the sessions of a user that are alive at now, the last login first. If
	// there are more than MaxListedSessions, it returns the last ones.
	List(ctx context.Context, userID id.ID, now time.Time) ([]session.Session, error)
	// Used records a use of the sessions at now, as session.Session.Used does. It ignores
	// unknown and expired sessions.
	Used(ctx context.Context, sessionIDs []id.ID, now, expires time.Time) error
	// Refresh uses refresh token n of a session at now, as session.Rotation.Use does, whose
	// errors it also returns. If it replaces the token, it also records a use of the session.
	// It fails with session.ErrBadToken when the session is not alive. With session.ErrReplayed it
	// also returns the session.
	Refresh(
		ctx context.Context, sessionID id.ID, n int, now, expires time.Time,
	) (session.Session, session.Successor, error)
	// End ends a session of a user and forgets its device. It fails with session.ErrNotFound
	// when the user has no such session, for example because it has ended already.
	End(ctx context.Context, userID, sessionID id.ID) error
	// EndAll ends all sessions of a user but the session except, and forgets the devices of
	// all other sessions, also of expired ones. It ends all if except is "".
	EndAll(ctx context.Context, userID, except id.ID) error
	// EndEvery ends the sessions of all users and forgets all devices. If it fails, it may have
	// ended some of the sessions.
	EndEvery(ctx context.Context) error
}
