package portstest

import (
	"time"

	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/user"
	"github.com/kuvaka-tech/parley/ports"
)

// newNumberChange returns a change of the number of a user to a new one, at midday.
func (t *storeTest) newNumberChange(u user.User, s session.Session) ports.NumberChange {
	t.Helper()
	to := u
	to.Number = t.newNumber()
	return newNumberChangeTo(u, s, to)
}

// newNumberChangeTo returns a change of the number of a user to that of another one.
func newNumberChangeTo(u user.User, s session.Session, to user.User) ports.NumberChange {
	return ports.NumberChange{
		User:    u.ID,
		Session: s.ID,
		Old:     u.Number,
		New:     to.Number,
		Keep:    keepOf(u, midday),
		Merge:   []quota.NumberMAC{keepOf(to, midday).Number},
	}
}

// changeNumber changes the number of a user to that of another one, and returns the user.
func (t *storeTest) changeNumber(u, to user.User) user.User {
	t.Helper()
	must(t, t.Users.ChangeNumber(t.ctx, newNumberChangeTo(u, t.openSession(u.ID), to)))
	u.Number = to.Number
	t.wantStored(u)
	return u
}

func (t *storeTest) numberChanged() {
	u, other := t.addUser(), t.addUser()
	own, lost := newDevice(t), newDevice(t)
	current, a, b := t.openOn(own, u.ID), t.openOn(lost, u.ID), t.openSession(u.ID)
	foreign := t.openSession(other.ID)
	c := t.newNumberChange(u, current)
	must(t, t.Users.ChangeNumber(t.ctx, c))
	wantError(t, errorOf(t.Users.Find(t.ctx, u.Number)), user.ErrNotFound)
	u.Number = c.New
	t.wantStored(u)
	t.wantStored(other)
	t.wantAlive(current, foreign)
	t.wantNotAlive(a, b)
	t.wantKnown(own, u, midday)
	t.wantForgotten(midday, lost)
	ended, err := t.Sessions.Ended(t.ctx)
	must(t, err)
	wantEqual(t, "the number of ended sessions", len(ended), 2)
}

func (t *storeTest) numberUnchanged() {
	u := t.addUser()
	current, other := t.openSession(u.ID), t.openSession(u.ID)
	t.send(t.addRoomOf(u.ID, midday), midday)
	must(t, t.Users.ChangeNumber(t.ctx, newNumberChangeTo(u, current, u)))
	t.wantStored(u)
	t.wantCount(u.ID, midday, 1)
	t.wantAlive(current)
	t.wantNotAlive(other)
}

func (t *storeTest) numberTaken() {
	u, other := t.addUser(), t.addUser()
	current, second := t.openSession(u.ID), t.openSession(u.ID)
	c := newNumberChangeTo(u, current, other)
	wantError(t, t.Users.ChangeNumber(t.ctx, c), user.ErrNumberTaken)
	t.wantStored(u)
	t.wantStored(other)
	t.wantAlive(current, second)
	must(t, t.MessageCounts.Restore(t.ctx, other.ID, c.Keep))
	t.wantCount(other.ID, midday, 0)
}

func (t *storeTest) numberInOtherSession() {
	u := t.addUser()
	ended, open, foreign := t.openSession(u.ID), t.openSession(u.ID), t.openSession(t.addUser().ID)
	must(t, t.Sessions.End(t.ctx, u.ID, ended.ID))
	for _, s := range []session.Session{ended, foreign, t.newSession(u.ID)} {
		wantError(t, t.Users.ChangeNumber(t.ctx, t.newNumberChange(u, s)), session.ErrBadToken)
	}
	t.wantStored(u)
	t.wantAlive(open)
}

func (t *storeTest) numberChangedBefore() {
	u := t.addUser()
	current := t.openSession(u.ID)
	first, second := t.newNumberChange(u, current), t.newNumberChange(u, current)
	must(t, t.Users.ChangeNumber(t.ctx, first))
	wantError(t, t.Users.ChangeNumber(t.ctx, second), user.ErrNumberChanged)
	u.Number = first.New
	t.wantStored(u)
}

// A user who changes the number, erases the account and signs up with the old number again has no
// new quota, neither with the old number nor with the new one.
func (t *storeTest) numberKeepsCount() {
	yesterday := midday.AddDate(0, 0, -1)
	old := t.addUser()
	r := t.addRoomOf(old.ID, yesterday)
	t.send(r, yesterday)
	t.send(r, midday)
	t.send(r, midday)
	moved := t.changeNumber(old, t.newUser())
	t.wantCounts(moved.ID, map[time.Time]int{yesterday: 1, midday: 2})
	again := t.signUpAgain(old, midday)
	t.wantCounts(again.ID, map[time.Time]int{yesterday: 0, midday: 2})
	t.eraseKeeping(moved, midday)
	t.wantCount(t.signUpAgain(moved, midday).ID, midday, 2)
}

// An unused account that takes over the number of an erased one continues its count.
func (t *storeTest) numberMergesCounts() {
	erased, unused := t.addUser(), t.addUser()
	r := t.addRoomOf(erased.ID, midday)
	for range 3 {
		t.send(r, midday)
	}
	t.eraseKeeping(erased, midday)
	moved := t.changeNumber(unused, erased)
	t.wantCount(moved.ID, midday, 3)
	t.send(t.addRoomOf(moved.ID, midday), midday)
	back := t.changeNumber(moved, unused)
	t.wantCount(back.ID, midday, 4)
	t.wantCount(t.signUpAgain(erased, midday).ID, midday, 4)
}

func (t *storeTest) numberRace() {
	to := t.newUser()
	changes := make([]ports.NumberChange, 10)
	for i := range changes {
		u := t.addUser()
		changes[i] = newNumberChangeTo(u, t.openSession(u.ID), to)
	}
	errs := concurrently(len(changes), func(i int) error { return t.Users.ChangeNumber(t.ctx, changes[i]) })
	wantErrorCounts(t, errs, map[error]int{nil: 1, user.ErrNumberTaken: 9})
}

func (t *storeTest) numberFree() {
	u := t.addUser()
	moved := t.changeNumber(u, t.newUser())
	next := t.newUser()
	next.Number = u.Number
	t.wantAddProven(next, next)
	last := t.changeNumber(next, t.newUser())
	t.wantStored(t.changeNumber(moved, u))
	t.wantStored(last)
}
