package portstest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
)

// Sessions is the contract of ports.Sessions. Within one process, an ended session
// must fail immediately. Only sessions that another process ended may count as
// alive for up to a second.
func Sessions(t *testing.T, open func(t *testing.T) Stores) {
	runStoreSuite(t, open, []requirement[*storeTest]{
		{"a session is alive until it expires", (*storeTest).sessionsExpire},
		{"an unknown session is not alive", (*storeTest).sessionsUnknown},
		{"Ended returns the sessions that were ended", (*storeTest).sessionsEnded},
		{"Find returns the sessions that are alive", (*storeTest).sessionsFind},
		{"List returns the sessions of the user, the last login first", (*storeTest).sessionsList},
		{"List is limited", (*storeTest).sessionsListLimited},
		{"a use keeps sessions alive, and never shortens their lives", (*storeTest).sessionsUsed},
		{"each refresh token has one successor", (*storeTest).sessionsRefresh},
		{"Refresh returns the errors of the rotation, and changes nothing", (*storeTest).sessionsRefreshErrors},
		{"20 concurrent uses of a refresh token have one successor", (*storeTest).sessionsRefreshConcurrently},
		{"End ends only this session of this user", (*storeTest).sessionsEnd},
		{"EndAll ends all sessions of the user except one", (*storeTest).sessionsEndAll},
		{"EndEvery ends the sessions of all users", (*storeTest).sessionsEndEvery},
		{"every method fails if the context is cancelled, and changes nothing", (*storeTest).sessionsCancelled},
	})
}

// newSession returns a session that is not stored.
func (t *storeTest) newSession(userID id.ID) session.Session {
	t.Helper()
	return session.Session{
		ID:         newID(t),
		User:       userID,
		DeviceName: "Firefox on Linux",
		Opened:     midday,
		LastUsed:   midday,
		Expires:    midday.Add(time.Hour),
	}
}

func (t *storeTest) openSession(userID id.ID) session.Session {
	t.Helper()
	return t.openOn(newDevice(t), userID)
}

// wantAlive checks that the sessions are alive at midday.
func (t *storeTest) wantAlive(sessions ...session.Session) {
	t.Helper()
	for _, s := range sessions {
		must(t, t.Sessions.Alive(t.ctx, s.ID, midday))
	}
}

// wantNotAlive checks that the sessions are not alive at midday.
func (t *storeTest) wantNotAlive(sessions ...session.Session) {
	t.Helper()
	for _, s := range sessions {
		wantError(t, t.Sessions.Alive(t.ctx, s.ID, midday), session.ErrBadToken)
	}
}

func (t *storeTest) sessionsExpire() {
	s := t.openSession(t.addUser().ID)
	must(t, t.Sessions.Alive(t.ctx, s.ID, s.Opened))
	must(t, t.Sessions.Alive(t.ctx, s.ID, s.Expires.Add(-time.Microsecond)))
	wantError(t, t.Sessions.Alive(t.ctx, s.ID, s.Expires), session.ErrBadToken)
	wantError(t, t.Sessions.Alive(t.ctx, s.ID, s.Expires.Add(time.Hour)), session.ErrBadToken)
}

func (t *storeTest) sessionsUnknown() {
	u := t.addUser()
	t.openSession(u.ID)
	for _, unknown := range []id.ID{newID(t), u.ID} {
		wantError(t, t.Sessions.Alive(t.ctx, unknown, midday), session.ErrBadToken)
	}
	wantError(t, t.Sessions.End(t.ctx, u.ID, newID(t)), session.ErrNotFound)
	must(t, t.Sessions.EndAll(t.ctx, newID(t), ""))
}

func (t *storeTest) sessionsEnd() {
	u := t.addUser()
	ended, other, foreign := t.openSession(u.ID), t.openSession(u.ID), t.openSession(t.addUser().ID)
	must(t, t.Sessions.End(t.ctx, u.ID, ended.ID))
	t.wantNotAlive(ended)
	wantError(t, t.Sessions.End(t.ctx, u.ID, ended.ID), session.ErrNotFound)
	wantError(t, t.Sessions.End(t.ctx, u.ID, foreign.ID), session.ErrNotFound)
	t.wantAlive(other, foreign)
}

func (t *storeTest) sessionsEndAll() {
	u := t.addUser()
	kept, a, b := t.openSession(u.ID), t.openSession(u.ID), t.openSession(u.ID)
	foreign := t.openSession(t.addUser().ID)
	must(t, t.Sessions.EndAll(t.ctx, u.ID, kept.ID))
	t.wantAlive(kept, foreign)
	t.wantNotAlive(a, b)
	c := t.openSession(u.ID)
	must(t, t.Sessions.EndAll(t.ctx, u.ID, a.ID))
	t.wantNotAlive(kept, a, b, c)
	d := t.openSession(u.ID)
	must(t, t.Sessions.EndAll(t.ctx, u.ID, ""))
	t.wantNotAlive(d)
	t.wantAlive(foreign)
}

func (t *storeTest) sessionsEnded() {
	u, erased := t.addUser(), t.addUser()
	kept, alone := t.openSession(u.ID), t.openSession(u.ID)
	a, b := t.openSession(u.ID), t.openSession(u.ID)
	c := t.openSession(erased.ID)
	must(t, t.Sessions.End(t.ctx, u.ID, alone.ID))
	wantError(t, t.Sessions.End(t.ctx, u.ID, c.ID), session.ErrNotFound)
	must(t, t.Sessions.EndAll(t.ctx, u.ID, kept.ID))
	t.erase(erased.ID)
	got, err := t.Sessions.Ended(t.ctx)
	must(t, err)
	slices.Sort(got)
	want := []id.ID{alone.ID, a.ID, b.ID, c.ID}
	slices.Sort(want)
	wantEqual(t, "the ended sessions", got, want)
}

func (t *storeTest) sessionsEndEvery() {
	u := t.addUser()
	ended := []session.Session{t.openSession(u.ID), t.openSession(u.ID), t.openSession(t.addUser().ID)}
	known := newDevice(t)
	must(t, t.Sessions.Open(t.ctx, t.newSession(u.ID), known))
	t.wantAlive(ended...)
	must(t, t.Sessions.EndEvery(t.ctx))
	t.wantNotAlive(ended...)
	wantError(t, errorOf(t.Devices.Find(t.ctx, known, midday)), session.ErrUnknownDevice)
	t.wantAlive(t.openSession(u.ID))
}

func (t *storeTest) sessionsCancelled() {
	u := t.addUser()
	s, unopened := t.openSession(u.ID), t.newSession(u.ID)
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"Open":  func(ctx context.Context) error { return t.Sessions.Open(ctx, unopened, newDevice(t)) },
		"Alive": func(ctx context.Context) error { return t.Sessions.Alive(ctx, s.ID, midday) },
		"Find":  func(ctx context.Context) error { return errorOf(t.Sessions.Find(ctx, []id.ID{s.ID}, midday)) },
		"List":  func(ctx context.Context) error { return errorOf(t.Sessions.List(ctx, u.ID, midday)) },
		"Used": func(ctx context.Context) error {
			return t.Sessions.Used(ctx, []id.ID{s.ID}, midday.Add(time.Minute), midday.Add(2*time.Hour))
		},
		"Refresh":  func(ctx context.Context) error { return errorOf(t.refresh(ctx, s.ID, 0, midday)) },
		"End":      func(ctx context.Context) error { return t.Sessions.End(ctx, u.ID, s.ID) },
		"EndAll":   func(ctx context.Context) error { return t.Sessions.EndAll(ctx, u.ID, "") },
		"EndEvery": func(ctx context.Context) error { return t.Sessions.EndEvery(ctx) },
	})
	t.wantAlive(s)
	t.wantNotAlive(unopened)
	t.wantListed(s)
}
