package portstest

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/user"
)

// Users is the contract of ports.Users.
func Users(t *testing.T, open func(t *testing.T) Stores) {
	runStoreSuite(t, open, []requirement[*storeTest]{
		{"AddProven stores all fields of an account", (*storeTest).usersAddProven},
		{"AddProven returns an existing account and does not change it", (*storeTest).usersAddProvenExisting},
		{"a sign-up is no account", (*storeTest).signUpAddsNoUser},
		{"a new account without a name gets that of the last sign-up", (*storeTest).signUpLastCounts},
		{"the name of a new account takes precedence over sign-ups", (*storeTest).signUpGivesWay},
		{"a sign-up counts for a day", (*storeTest).signUpExpires},
		{"a sign-up of another number has no effect", (*storeTest).signUpOfOtherNumber},
		{"20 concurrent AddProvens of one number return the same account", (*storeTest).usersAddProvenRace},
		{"Rename changes only the name", (*storeTest).usersRename},
		{"Get, Find and Rename fail with ErrNotFound for unknown accounts", (*storeTest).usersUnknown},
		{"ChangeNumber changes the number, and ends the other sessions and their devices", (*storeTest).numberChanged},
		{"ChangeNumber to the own number ends the other sessions", (*storeTest).numberUnchanged},
		{"ChangeNumber to a number of another account changes nothing", (*storeTest).numberTaken},
		{"ChangeNumber in an ended or foreign session changes nothing", (*storeTest).numberInOtherSession},
		{"ChangeNumber changes nothing if the number has changed since the request", (*storeTest).numberChangedBefore},
		{"the day's count stays with the user and with the old number", (*storeTest).numberKeepsCount},
		{"a user who changes to a number gets no new quota", (*storeTest).numberMergesCounts},
		{"of 10 concurrent changes to one number exactly one succeeds", (*storeTest).numberRace},
		{"a number can be used again after it was changed", (*storeTest).numberFree},
		{"every method fails if the context is cancelled, and changes nothing", (*storeTest).usersCancelled},
	})
}

func (t *storeTest) usersAddProven() {
	named, full := t.newUser(), t.newUser()
	full.Name = ""
	full.PasswordHash = "$hash$"
	full.Proven = midday.Add(time.Minute)
	for _, u := range []user.User{named, full} {
		t.wantAddProven(u, u)
	}
	t.wantStored(named)
}

// wantStored checks that Get and Find return this account.
func (t *storeTest) wantStored(u user.User) {
	t.Helper()
	byID, err := t.Users.Get(t.ctx, u.ID)
	must(t, err)
	byNumber, err := t.Users.Find(t.ctx, u.Number)
	must(t, err)
	wantEqual(t, "the account by id", byID, u)
	wantEqual(t, "the account by number", byNumber, u)
}

// wantAddProven calls AddProven and checks which account it returns and stores.
func (t *storeTest) wantAddProven(u, want user.User) {
	t.Helper()
	got, err := t.Users.AddProven(t.ctx, u)
	must(t, err)
	wantEqual(t, "the account that AddProven returns", got, want)
	t.wantStored(want)
}

// wantNoUser checks that neither Get nor Find returns the account.
func (t *storeTest) wantNoUser(u user.User) {
	t.Helper()
	wantError(t, errorOf(t.Users.Get(t.ctx, u.ID)), user.ErrNotFound)
	wantError(t, errorOf(t.Users.Find(t.ctx, u.Number)), user.ErrNotFound)
}

func (t *storeTest) usersAddProvenExisting() {
	for _, known := range []user.User{t.addUser(), t.addUserWithoutName()} {
		t.signUp(known.Number, "Eve", midday.Add(time.Second))
		later := t.newUser()
		later.Number = known.Number
		later.Proven = midday.Add(time.Minute)
		t.wantAddProven(later, known)
		wantError(t, errorOf(t.Users.Get(t.ctx, later.ID)), user.ErrNotFound)
	}
}

func (t *storeTest) usersAddProvenRace() {
	added, got := make([]user.User, 20), make([]user.User, 20)
	number := t.newNumber()
	for i := range added {
		added[i] = t.newUser()
		added[i].Number = number
	}
	errs := concurrently(len(added), func(i int) (err error) {
		got[i], err = t.Users.AddProven(t.ctx, added[i])
		return err
	})
	wantErrorCounts(t, errs, map[error]int{nil: 20})
	for _, u := range got {
		t.wantStored(u)
	}
}

func (t *storeTest) usersRename() {
	u, other := t.addUser(), t.addUser()
	must(t, t.Users.Rename(t.ctx, u.ID, "Grace 🐞"))
	u.Name = "Grace 🐞"
	t.wantStored(u)
	t.wantStored(other)
}

func (t *storeTest) usersUnknown() {
	t.addUser()
	unknown := t.newUser()
	t.wantNoUser(unknown)
	wantError(t, t.Users.Rename(t.ctx, unknown.ID, "Nobody"), user.ErrNotFound)
}

func (t *storeTest) usersCancelled() {
	known, unknown := t.addUser(), t.addUserWithoutName()
	must(t, t.Eraser.Erase(t.ctx, unknown.ID, keepNothing))
	open := t.openSession(known.ID)
	signup := user.Signup{ID: newID(t), Number: unknown.Number, Name: "Eve", Created: midday}
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"SignUp":    func(ctx context.Context) error { return t.Users.SignUp(ctx, signup) },
		"AddProven": func(ctx context.Context) error { return errorOf(t.Users.AddProven(ctx, unknown)) },
		"Get":       func(ctx context.Context) error { return errorOf(t.Users.Get(ctx, known.ID)) },
		"Find":      func(ctx context.Context) error { return errorOf(t.Users.Find(ctx, known.Number)) },
		"Rename":    func(ctx context.Context) error { return t.Users.Rename(ctx, known.ID, "Changed") },
		"ChangeNumber": func(ctx context.Context) error {
			return t.Users.ChangeNumber(ctx, t.newNumberChange(known, open))
		},
	})
	t.wantStored(known)
	t.wantNoUser(unknown)
	t.wantAddProven(unknown, unknown)
}
