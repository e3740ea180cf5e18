package portstest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/ports"
)

// wantStored checks that the store has exactly these sessions of the user of the first one at midday.
func (t *storeTest) wantListed(sessions ...session.Session) {
	t.Helper()
	slices.SortFunc(sessions, func(a, b session.Session) int { return -cmp.Compare(a.ID, b.ID) })
	got, err := t.Sessions.List(t.ctx, sessions[0].User, midday)
	must(t, err)
	wantEqual(t, "the listed sessions", got, sessions)
}

func (t *storeTest) sessionsFind() {
	u := t.addUser()
	a, b, ended := t.openSession(u.ID), t.openSession(t.addUser().ID), t.openSession(u.ID)
	must(t, t.Sessions.End(t.ctx, u.ID, ended.ID))
	found, err := t.Sessions.Find(t.ctx, []id.ID{a.ID, ended.ID, newID(t), b.ID}, midday)
	must(t, err)
	slices.SortFunc(found, func(x, y session.Session) int { return cmp.Compare(x.ID, y.ID) })
	want := []session.Session{a, b}
	slices.SortFunc(want, func(x, y session.Session) int { return cmp.Compare(x.ID, y.ID) })
	wantEqual(t, "the sessions that are alive", found, want)
	found, err = t.Sessions.Find(t.ctx, []id.ID{a.ID}, a.Expires)
	must(t, err)
	wantEqual(t, "the number of sessions after they expired", len(found), 0)
	found, err = t.Sessions.Find(t.ctx, nil, midday)
	must(t, err)
	wantEqual(t, "the number of sessions found of none", len(found), 0)
}

func (t *storeTest) sessionsList() {
	u := t.addUser()
	a, b := t.openSession(u.ID), t.openSession(u.ID)
	expired := t.newSession(u.ID)
	expired.Expires = midday
	must(t, t.Sessions.Open(t.ctx, expired, newDevice(t)))
	foreign := t.openSession(t.addUser().ID)
	t.wantListed(a, b)
	t.wantListed(foreign)
	must(t, t.Sessions.End(t.ctx, u.ID, b.ID))
	t.wantListed(a)
}

func (t *storeTest) sessionsListLimited() {
	u := t.addUser()
	var opened []session.Session
	for range ports.MaxListedSessions + 1 {
		opened = append(opened, t.openSession(u.ID))
	}
	slices.SortFunc(opened, func(a, b session.Session) int { return cmp.Compare(a.ID, b.ID) })
	t.wantListed(opened[1:]...)
}

func (t *storeTest) sessionsUsed() {
	u := t.addUser()
	used, other := t.openSession(u.ID), t.openSession(u.ID)
	later, expires := midday.Add(time.Minute), midday.Add(2*time.Hour)
	must(t, t.Sessions.Used(t.ctx, []id.ID{used.ID, newID(t)}, later, expires))
	must(t, t.Sessions.Used(t.ctx, []id.ID{used.ID}, midday, midday.Add(time.Minute)))
	must(t, t.Sessions.Used(t.ctx, nil, later, expires))
	t.wantListed(used.Used(later, expires), other)
	must(t, t.Sessions.Used(t.ctx, []id.ID{other.ID}, other.Expires, expires))
	wantError(t, t.Sessions.Alive(t.ctx, other.ID, other.Expires), session.ErrBadToken)
	must(t, t.Sessions.Alive(t.ctx, used.ID, expires.Add(-time.Microsecond)))
	wantError(t, t.Sessions.Alive(t.ctx, used.ID, expires), session.ErrBadToken)
}

// refresh uses token n of a session, which then lives for another hour.
func (t *storeTest) refresh(ctx context.Context, sessionID id.ID, n int, now time.Time) (session.Successor, error) {
	_, next, err := t.Sessions.Refresh(ctx, sessionID, n, now, now.Add(time.Hour))
	return next, err
}

func (t *storeTest) sessionsRefresh() {
	s, other := t.openSession(t.addUser().ID), t.openSession(t.addUser().ID)
	now := midday
	for n := range 15 {
		now = now.Add(2 * time.Second)
		refreshed, next, err := t.Sessions.Refresh(t.ctx, s.ID, n, now, now.Add(time.Hour))
		must(t, err)
		_, rotation, err := s.Rotation.Use(n, now)
		must(t, err)
		s.Rotation = rotation
		s = s.Used(now, now.Add(time.Hour))
		wantEqual(t, "the successor", next, session.Successor{Number: n + 1, Issued: now})
		wantEqual(t, "the refreshed session", refreshed, s)
		again, err := t.refresh(t.ctx, s.ID, n, now.Add(time.Second))
		must(t, err)
		wantEqual(t, "the successor of a repeated use", again, next)
	}
	t.wantListed(s)
	t.wantListed(other)
}

func (t *storeTest) sessionsRefreshErrors() {
	u := t.addUser()
	s, ended := t.openSession(u.ID), t.openSession(u.ID)
	must(t, t.Sessions.End(t.ctx, u.ID, ended.ID))
	now := midday.Add(time.Second)
	for n := range 2 {
		must(t, errorOf(t.refresh(t.ctx, s.ID, n, now)))
	}
	grace := now.Add(session.RotationGrace)
	must(t, errorOf(t.refresh(t.ctx, s.ID, 0, grace.Add(-time.Microsecond))))
	before, err := t.Sessions.List(t.ctx, u.ID, midday)
	must(t, err)
	wantError(t, errorOf(t.refresh(t.ctx, s.ID, 0, grace)), session.ErrReplayed)
	wantError(t, errorOf(t.refresh(t.ctx, s.ID, 3, grace)), session.ErrBadToken)
	wantError(t, errorOf(t.refresh(t.ctx, s.ID, 2, before[0].Expires)), session.ErrBadToken)
	wantError(t, errorOf(t.refresh(t.ctx, ended.ID, 0, now)), session.ErrBadToken)
	wantError(t, errorOf(t.refresh(t.ctx, newID(t), 0, now)), session.ErrBadToken)
	for n := 2; n < 10; n++ {
		must(t, errorOf(t.refresh(t.ctx, s.ID, n, now)))
	}
	wantError(t, errorOf(t.refresh(t.ctx, s.ID, 10, now)), fault.ErrRateLimited)
	must(t, errorOf(t.refresh(t.ctx, s.ID, 10, grace)))
}

func (t *storeTest) sessionsRefreshConcurrently() {
	s := t.openSession(t.addUser().ID)
	got := make([]session.Successor, 20)
	errs := concurrently(len(got), func(i int) (err error) {
		got[i], err = t.refresh(t.ctx, s.ID, 0, midday.Add(time.Duration(i)*time.Microsecond))
		return err
	})
	for i := range got {
		must(t, errs[i])
		wantEqual(t, "the successor", got[i], got[0])
	}
	listed, err := t.Sessions.List(t.ctx, s.User, midday)
	must(t, err)
	wantEqual(t, "the number of the current token", listed[0].Rotation.Current, 1)
}
