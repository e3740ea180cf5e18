package portstest

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/user"
)

// Users is the contract of ports.Users.
func Users(t *testing.T, open func(t *testing.T) Stores) {
	runStoreSuite(t, open, []requirement[*storeTest]{
		{"Add stores all fields of an account", (*storeTest).usersAdd},
		{"Add refuses a number that has an account", (*storeTest).usersAddTaken},
		{"AddProven marks an existing account as proven, once", (*storeTest).usersAddProvenExisting},
		{"AddProven stores an account if the number has none", (*storeTest).usersAddProvenNew},
		{"of 20 concurrent Adds of one number exactly one succeeds", (*storeTest).usersAddRace},
		{"20 concurrent AddProvens of one number return the same account", (*storeTest).usersAddProvenRace},
		{"Rename changes only the name", (*storeTest).usersRename},
		{"Get, Find and Rename fail with ErrNotFound for unknown accounts", (*storeTest).usersUnknown},
		{"every method fails if the context is cancelled, and changes nothing", (*storeTest).usersCancelled},
	})
}

func (t *storeTest) usersAdd() {
	unproven := t.newUser()
	full := t.newUser()
	full.Name = ""
	full.PasswordHash = "$hash$"
	full.Proven = midday.Add(time.Minute)
	for _, u := range []user.User{unproven, full} {
		must(t, t.Users.Add(t.ctx, u))
		t.wantStored(u)
	}
	t.wantStored(unproven)
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
	if byID.IsProven() != u.IsProven() {
		t.Fatalf("the stored account was proven at %v, want %v", byID.Proven, u.Proven)
	}
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

func (t *storeTest) usersAddTaken() {
	unproven, proven := t.newUser(), t.addUser()
	must(t, t.Users.Add(t.ctx, unproven))
	for _, u := range []user.User{unproven, proven} {
		second := t.newUser()
		second.Number = u.Number
		wantError(t, t.Users.Add(t.ctx, second), user.ErrTaken)
		wantError(t, errorOf(t.Users.Get(t.ctx, second.ID)), user.ErrNotFound)
		t.wantStored(u)
	}
}

func (t *storeTest) usersAddProvenExisting() {
	signup := t.newUser()
	must(t, t.Users.Add(t.ctx, signup))
	want := signup
	want.Proven = midday.Add(time.Minute)
	for _, proven := range []time.Time{midday.Add(time.Minute), midday.Add(time.Hour)} {
		login := user.User{ID: newID(t), Number: signup.Number, Created: proven, Proven: proven}
		t.wantAddProven(login, want)
	}
}

func (t *storeTest) usersAddProvenNew() {
	u := t.newUser()
	u.Proven = midday
	t.wantAddProven(u, u)
}

func (t *storeTest) usersAddRace() {
	u := t.newUser()
	ids := make([]id.ID, 20)
	for i := range ids {
		ids[i] = newID(t)
	}
	errs := concurrently(len(ids), func(i int) error {
		mine := u
		mine.ID = ids[i]
		return t.Users.Add(t.ctx, mine)
	})
	wantErrorCounts(t, errs, map[error]int{nil: 1, user.ErrTaken: 19})
	stored, err := t.Users.Find(t.ctx, u.Number)
	must(t, err)
	for i, err := range errs {
		if err == nil && stored.ID != ids[i] {
			t.Fatalf("Find returned the account %s, want %s, whose Add succeeded", stored.ID, ids[i])
		}
	}
}

func (t *storeTest) usersAddProvenRace() {
	added, got := make([]user.User, 20), make([]user.User, 20)
	number := t.newNumber()
	for i := range added {
		added[i] = t.newUser()
		added[i].Number = number
		added[i].Proven = midday
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
	signup, added, proven := t.newUser(), t.newUser(), t.newUser()
	must(t, t.Users.Add(t.ctx, signup))
	proven.Proven = midday
	login := user.User{ID: newID(t), Number: signup.Number, Proven: midday}
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"Add":                func(ctx context.Context) error { return t.Users.Add(ctx, added) },
		"AddProven":          func(ctx context.Context) error { return errorOf(t.Users.AddProven(ctx, proven)) },
		"existing AddProven": func(ctx context.Context) error { return errorOf(t.Users.AddProven(ctx, login)) },
		"Get":                func(ctx context.Context) error { return errorOf(t.Users.Get(ctx, signup.ID)) },
		"Find":               func(ctx context.Context) error { return errorOf(t.Users.Find(ctx, signup.Number)) },
		"Rename":             func(ctx context.Context) error { return t.Users.Rename(ctx, signup.ID, "Changed") },
	})
	t.wantStored(signup)
	for _, u := range []user.User{added, proven} {
		wantError(t, errorOf(t.Users.Find(t.ctx, u.Number)), user.ErrNotFound)
	}
}
