package session

import (
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
)

// RecentLogin is how long after a login the session may do what a thief of its access token
// must not do, such as setting the first password or erasing the account.
const RecentLogin = 15 * time.Minute

// ErrRecentLoginRequired means that the login of the session is not recent enough.
var ErrRecentLoginRequired = fault.New(fault.Forbidden, "recent_login_required",
	"This needs a login within the last 15 minutes. Log in again, then repeat the request with the new token.")

// Access is what an access token grants: requests of a user, in a session, for a time.
type Access struct {
	Session  id.ID
	User     id.ID
	LoggedIn time.Time // when the session was opened
	Issued   time.Time
	Expires  time.Time
}

// Alive reports whether the token has not expired at now. Its session may have ended before.
func (a Access) Alive(now time.Time) bool { return now.Before(a.Expires) }

// CheckRecentLogin fails with ErrRecentLoginRequired if the login is older than RecentLogin at now.
func (a Access) CheckRecentLogin(now time.Time) error {
	if now.Sub(a.LoggedIn) >= RecentLogin {
		return ErrRecentLoginRequired
	}
	return nil
}
