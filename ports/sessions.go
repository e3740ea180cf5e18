package ports

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
)

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
	// End ends a session and forgets its device. It also succeeds when the session is unknown
	// or has already ended.
	End(ctx context.Context, sessionID id.ID) error
	// EndAll ends all sessions of a user but the session except, and forgets the devices of
	// all other sessions, also of expired ones. It ends all if except is "".
	EndAll(ctx context.Context, userID, except id.ID) error
	// EndEvery ends the sessions of all users and forgets all devices. If it fails, it may have
	// ended some of the sessions.
	EndEvery(ctx context.Context) error
}
