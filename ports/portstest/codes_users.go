package portstest

import (
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/user"
)

// newUserChallenge returns a challenge of a user who wants to change to a number. It is not stored.
func (t *storeTest) newUserChallenge(userID id.ID, n phone.Number) otp.Challenge {
	t.Helper()
	c := t.newChallenge(otp.NumberChange, n, midday)
	c.User = userID
	return c
}

// issueForUser issues a challenge of a user who wants to change to a number.
func (t *storeTest) issueForUser(userID id.ID, n phone.Number) otp.Challenge {
	t.Helper()
	c := t.newUserChallenge(userID, n)
	t.wantIssued(c, midday, c)
	return c
}

func (t *storeTest) codesOfUsers() {
	n := t.newNumber()
	ada, eve := t.addUser().ID, t.addUser().ID
	login := t.issueNew(otp.Login, n, midday)
	a, e := t.issueForUser(ada, n), t.issueForUser(eve, n)
	t.wantIssued(t.newUserChallenge(ada, n), midday, a)
	foreign := a
	foreign.User = eve
	wantError(t, t.tryCode(foreign, midday), otp.ErrBadCode)
	for _, c := range []otp.Challenge{e, login, a} {
		must(t, t.tryCode(c, midday))
		wantError(t, t.tryCode(c, midday), otp.ErrBadCode)
	}
	unknown := t.newUserChallenge(newID(t), n)
	wantError(t, errorOf(t.Codes.Issue(t.ctx, unknown, midday)), user.ErrNotFound)
}
