package portstest

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
)

// Sessions is the contract of a ports.Sessions.
func Sessions(t *testing.T, open func(t *testing.T) Stores) {
	proveStore(t, open, []sentence[*world]{
		{"a session is alive until it expires", (*world).sessionsAlive},
		{"an unknown session is not alive", (*world).sessionsUnknown},
		{"End ends one session, for good", (*world).sessionsEnd},
		{"EndAll ends a user's sessions but the one to keep", (*world).sessionsEndAll},
		{"a context that is over stops every method", (*world).sessionsOver},
	})
}

func (w *world) session(user id.ID) session.Session {
	w.Helper()
	s := session.Session{ID: w.id(), User: user, Opened: midday, Expires: midday.Add(time.Hour)}
	w.ok(w.Sessions.Open(w.ctx, s))
	return s
}

// alive asserts of each session whether it opens anything at midday.
func (w *world) alive(want bool, sessions ...session.Session) {
	w.Helper()
	for _, s := range sessions {
		err := w.Sessions.Alive(w.ctx, s.ID, midday)
		if want {
			w.ok(err)
		} else {
			w.fails(err, session.ErrBadToken)
		}
	}
}

func (w *world) sessionsAlive() {
	s := w.session(w.user().ID)
	w.ok(w.Sessions.Alive(w.ctx, s.ID, s.Opened))
	w.ok(w.Sessions.Alive(w.ctx, s.ID, s.Expires.Add(-time.Microsecond)))
	w.fails(w.Sessions.Alive(w.ctx, s.ID, s.Expires), session.ErrBadToken)
	w.fails(w.Sessions.Alive(w.ctx, s.ID, s.Expires.Add(time.Hour)), session.ErrBadToken)
}

func (w *world) sessionsUnknown() {
	u := w.user()
	w.session(u.ID)
	w.fails(w.Sessions.Alive(w.ctx, w.id(), midday), session.ErrBadToken)
	w.fails(w.Sessions.Alive(w.ctx, u.ID, midday), session.ErrBadToken)
	w.ok(w.Sessions.End(w.ctx, w.id()))
	w.ok(w.Sessions.EndAll(w.ctx, w.id(), ""))
}

func (w *world) sessionsEnd() {
	u := w.user()
	ended, other := w.session(u.ID), w.session(u.ID)
	for range 2 {
		w.ok(w.Sessions.End(w.ctx, ended.ID))
		w.alive(false, ended)
		w.alive(true, other)
	}
}

func (w *world) sessionsEndAll() {
	u, stranger := w.user(), w.user()
	kept, a, b, foreign := w.session(u.ID), w.session(u.ID), w.session(u.ID), w.session(stranger.ID)
	w.ok(w.Sessions.EndAll(w.ctx, u.ID, kept.ID))
	w.alive(true, kept, foreign)
	w.alive(false, a, b)
	c := w.session(u.ID)
	w.ok(w.Sessions.EndAll(w.ctx, u.ID, a.ID))
	w.alive(false, kept, a, b, c)
	d := w.session(u.ID)
	w.ok(w.Sessions.EndAll(w.ctx, u.ID, ""))
	w.alive(false, d)
	w.alive(true, foreign)
}

func (w *world) sessionsOver() {
	u := w.user()
	s := w.session(u.ID)
	unopened := session.Session{ID: w.id(), User: u.ID, Opened: midday, Expires: midday.Add(time.Hour)}
	w.over(map[string]func(context.Context) error{
		"Open":   func(ctx context.Context) error { return w.Sessions.Open(ctx, unopened) },
		"Alive":  func(ctx context.Context) error { return w.Sessions.Alive(ctx, s.ID, midday) },
		"End":    func(ctx context.Context) error { return w.Sessions.End(ctx, s.ID) },
		"EndAll": func(ctx context.Context) error { return w.Sessions.EndAll(ctx, u.ID, "") },
	})
	w.alive(true, s)
	w.alive(false, unopened)
}
