package postgres_test

import (
	"errors"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/user"
)

// A session that another process ended is believed for less than a second, one
// that this process ended not at all, and meanwhile the database is not asked.
func TestAnEndedSessionIsBelievedForASecondAtMost(t *testing.T) {
	s := newSchema(t)
	here, there := postgres.Sessions{DB: s.open()}, postgres.Sessions{DB: s.open()}
	now := time.Now().UTC().Truncate(time.Microsecond)
	number, err := phone.Parse("+15550001000")
	s.ok(err)
	u := user.User{ID: s.id(), Number: number, Created: now}
	s.ok(postgres.Users(here).Add(t.Context(), u))
	alive := func(open session.Session, after time.Duration, want error) {
		t.Helper()
		if got := here.Alive(t.Context(), open.ID, now.Add(after)); !errors.Is(got, want) {
			t.Errorf("after %s: %v, want %v", after, got, want)
		}
	}
	var sessions []session.Session
	for range 3 {
		open := session.Session{ID: s.id(), User: u.ID, Opened: now, Expires: now.Add(time.Hour)}
		s.ok(here.Open(t.Context(), open))
		alive(open, 0, nil)
		sessions = append(sessions, open)
	}
	s.ok(there.End(t.Context(), sessions[0].ID))
	alive(sessions[0], 999*time.Millisecond, nil) // believed without a look
	alive(sessions[0], time.Second, session.ErrBadToken)
	s.ok(here.End(t.Context(), sessions[1].ID))
	alive(sessions[1], 0, session.ErrBadToken)
	alive(sessions[2], 0, nil)
	s.ok(here.EndAll(t.Context(), u.ID, ""))
	alive(sessions[2], 0, session.ErrBadToken)
}
