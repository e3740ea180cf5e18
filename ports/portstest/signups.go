package portstest

import (
	"time"

	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/user"
)

// signUp stores a sign-up of a number.
func (t *storeTest) signUp(n phone.Number, name string, at time.Time) {
	t.Helper()
	must(t, t.Users.SignUp(t.ctx, user.Signup{ID: newID(t), Number: n, Name: name, Created: at}))
}

// addUserWithoutName stores an account whose number has no sign-up.
func (t *storeTest) addUserWithoutName() user.User {
	t.Helper()
	u := t.newUser()
	u.Name = ""
	t.wantAddProven(u, u)
	return u
}

// wantNameAtProof checks the name of an account that a login without a name opens.
func (t *storeTest) wantNameAtProof(n phone.Number, at time.Time, want string) {
	t.Helper()
	u := user.User{ID: newID(t), Number: n, Created: at, Proven: at}
	named := u
	named.Name = want
	t.wantAddProven(u, named)
}

func (t *storeTest) signUpAddsNoUser() {
	u := t.newUser()
	t.signUp(u.Number, "Ada", midday)
	t.wantNoUser(u)
}

func (t *storeTest) signUpLastCounts() {
	for last, want := range map[string]string{"Ada Λ 🦉": "Ada Λ 🦉", "": ""} {
		n := t.newNumber()
		t.signUp(n, "Eve", midday)
		t.signUp(n, last, midday.Add(time.Microsecond))
		t.wantNameAtProof(n, midday.Add(time.Minute), want)
	}
}

func (t *storeTest) signUpGivesWay() {
	u := t.newUser()
	t.signUp(u.Number, "Eve", midday)
	t.wantAddProven(u, u)
}

func (t *storeTest) signUpExpires() {
	for age, want := range map[time.Duration]string{user.SignupTTL - time.Microsecond: "Ada", user.SignupTTL: ""} {
		n := t.newNumber()
		t.signUp(n, "Ada", midday)
		t.wantNameAtProof(n, midday.Add(age), want)
	}
}

func (t *storeTest) signUpOfOtherNumber() {
	t.signUp(t.newNumber(), "Eve", midday)
	t.wantNameAtProof(t.newNumber(), midday, "")
}
