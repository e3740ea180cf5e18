package portstest

import (
	"context"
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
		{"an unknown session is not alive, and can be ended", (*storeTest).sessionsUnknown},
		{"End ends only this session, and may be repeated", (*storeTest).sessionsEnd},
		{"EndAll ends all sessions of the user except one", (*storeTest).sessionsEndAll},
		{"EndEvery ends the sessions of all users", (*storeTest).sessionsEndEvery},
		{"every method fails if the context is cancelled, and changes nothing", (*storeTest).sessionsCancelled},
	})
}

// newSession returns a session that is not stored.
func (t *storeTest) newSession(userID id.ID) session.Session {
	t.Helper()
	return session.Session{ID: newID(t), User: userID, Opened: midday, Expires: midday.Add(time.Hour)}
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
	must(t, t.Sessions.End(t.ctx, newID(t)))
	must(t, t.Sessions.EndAll(t.ctx, newID(t), ""))
}

func (t *storeTest) sessionsEnd() {
	u := t.addUser()
	ended, other := t.openSession(u.ID), t.openSession(u.ID)
	for range 2 {
		must(t, t.Sessions.End(t.ctx, ended.ID))
		t.wantNotAlive(ended)
		t.wantAlive(other)
	}
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
		"Open":     func(ctx context.Context) error { return t.Sessions.Open(ctx, unopened, newDevice(t)) },
		"Alive":    func(ctx context.Context) error { return t.Sessions.Alive(ctx, s.ID, midday) },
		"End":      func(ctx context.Context) error { return t.Sessions.End(ctx, s.ID) },
		"EndAll":   func(ctx context.Context) error { return t.Sessions.EndAll(ctx, u.ID, "") },
		"EndEvery": func(ctx context.Context) error { return t.Sessions.EndEvery(ctx) },
	})
	t.wantAlive(s)
	t.wantNotAlive(unopened)
}
