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

// A session that another process has ended stays alive here for 600 ms at most, from the
// cache. A session that this process has ended is not alive any more.
func TestEndedSessions(t *testing.T) {
	s := newSchema(t)
	here := postgres.Sessions{DB: s.open()}
	otherProcess := postgres.Sessions{DB: s.open()}
	now := time.Now().UTC().Truncate(time.Microsecond)
	number, err := phone.Parse("+15550001000")
	s.noError(err)
	u := user.User{ID: s.newID(), Number: number, Created: now}
	s.noError(postgres.Users(here).Add(t.Context(), u))
	wantAlive := func(opened session.Session, after time.Duration, want error) {
		t.Helper()
		if got := here.Alive(t.Context(), opened.ID, now.Add(after)); !errors.Is(got, want) {
			t.Errorf("Alive after %s = %v, want %v", after, got, want)
		}
	}
	var sessions []session.Session
	for range 3 {
		opened := session.Session{ID: s.newID(), User: u.ID, Opened: now, Expires: now.Add(time.Hour)}
		s.noError(here.Open(t.Context(), opened, session.DeviceID(opened.ID)))
		wantAlive(opened, 0, nil)
		sessions = append(sessions, opened)
	}
	s.noError(otherProcess.End(t.Context(), sessions[0].ID))
	wantAlive(sessions[0], 599*time.Millisecond, nil)
	wantAlive(sessions[0], 600*time.Millisecond, session.ErrBadToken)
	s.noError(here.End(t.Context(), sessions[1].ID))
	wantAlive(sessions[1], 0, session.ErrBadToken)
	wantAlive(sessions[2], 0, nil)
	s.noError(here.EndAll(t.Context(), u.ID, ""))
	wantAlive(sessions[2], 0, session.ErrBadToken)
}
