package portstest

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/user"
)

// Users is the contract of a ports.Users.
func Users(t *testing.T, open func(t *testing.T) Stores) {
	proveStore(t, open, []sentence[*world]{
		{"an account comes back as it was added", (*world).usersAdded},
		{"a number has one account", (*world).usersTaken},
		{"Open proves an account once", (*world).usersOpenKnown},
		{"Open adds an account", (*world).usersOpenNew},
		{"one of many who add a number at once succeeds", (*world).usersAddRace},
		{"all who open a number at once get one account", (*world).usersOpenRace},
		{"Rename changes the name alone", (*world).usersRename},
		{"unknown accounts are not found", (*world).usersUnknown},
		{"a context that is over stops every method", (*world).usersOver},
	})
}

func (w *world) usersAdded() {
	unproven, full := w.person(), w.person()
	full.Password, full.Proven, full.Name = "$hash$", midday.Add(time.Minute), ""
	for _, u := range []user.User{unproven, full} {
		w.ok(w.Users.Add(w.ctx, u))
		w.holds(u)
	}
	w.holds(unproven)
}

// holds asserts that u is what is kept under its id and under its number.
func (w *world) holds(u user.User) {
	w.Helper()
	byID, err := w.Users.Get(w.ctx, u.ID)
	w.ok(err)
	w.same("the account by id", byID, u)
	byNumber, err := w.Users.Find(w.ctx, u.Number)
	w.ok(err)
	w.same("the account by number", byNumber, u)
	if byID.IsProven() != u.IsProven() {
		w.Fatalf("proven at %v, kept as %v", u.Proven, byID.Proven)
	}
}

func (w *world) usersTaken() {
	unproven, proven := w.person(), w.user()
	w.ok(w.Users.Add(w.ctx, unproven))
	for _, u := range []user.User{unproven, proven} {
		second := w.person()
		second.Number = u.Number
		w.fails(w.Users.Add(w.ctx, second), user.ErrTaken)
		_, err := w.Users.Get(w.ctx, second.ID)
		w.fails(err, user.ErrNotFound)
		w.holds(u)
	}
}

func (w *world) usersOpenKnown() {
	signup := w.person()
	w.ok(w.Users.Add(w.ctx, signup))
	for _, proven := range []time.Time{midday.Add(time.Minute), midday.Add(time.Hour)} {
		login := w.person()
		login.Number, login.Name, login.Created, login.Proven = signup.Number, "", proven, proven
		got, err := w.Users.Open(w.ctx, login)
		w.ok(err)
		want := signup
		want.Proven = midday.Add(time.Minute)
		w.same("the account", got, want)
		w.holds(want)
	}
}

func (w *world) usersOpenNew() {
	u := w.person()
	u.Proven = midday
	got, err := w.Users.Open(w.ctx, u)
	w.ok(err)
	w.same("the account", got, u)
	w.holds(u)
}

func (w *world) usersAddRace() {
	first := w.person()
	ids := make([]id.ID, 20)
	for i := range ids {
		ids[i] = w.id()
	}
	errs := together(20, func(i int) error {
		u := first
		u.ID = ids[i]
		return w.Users.Add(w.ctx, u)
	})
	w.split(errs, map[error]int{nil: 1, user.ErrTaken: 19})
	kept, err := w.Users.Find(w.ctx, first.Number)
	w.ok(err)
	for i, err := range errs {
		if err == nil && kept.ID != ids[i] {
			w.Fatal("the account is not the one whose Add succeeded")
		}
	}
}

func (w *world) usersOpenRace() {
	opened, got := make([]user.User, 20), make([]user.User, 20)
	number := w.number()
	for i := range opened {
		opened[i] = w.person()
		opened[i].Number, opened[i].Proven = number, midday
	}
	w.split(together(20, func(i int) (err error) {
		got[i], err = w.Users.Open(w.ctx, opened[i])
		return err
	}), map[error]int{nil: 20})
	for _, u := range got {
		w.holds(u)
	}
}

func (w *world) usersRename() {
	u, other := w.user(), w.user()
	w.ok(w.Users.Rename(w.ctx, u.ID, "Grace 🐞"))
	u.Name = "Grace 🐞"
	w.holds(u)
	w.holds(other)
}

func (w *world) usersUnknown() {
	w.user()
	_, err := w.Users.Get(w.ctx, w.id())
	w.fails(err, user.ErrNotFound)
	_, err = w.Users.Find(w.ctx, w.number())
	w.fails(err, user.ErrNotFound)
	w.fails(w.Users.Rename(w.ctx, w.id(), "Nobody"), user.ErrNotFound)
}

func (w *world) usersOver() {
	signup, added, opened := w.person(), w.person(), w.person()
	w.ok(w.Users.Add(w.ctx, signup))
	opened.Proven = midday
	w.over(map[string]func(context.Context) error{
		"Add":      func(ctx context.Context) error { return w.Users.Add(ctx, added) },
		"Open new": func(ctx context.Context) error { _, err := w.Users.Open(ctx, opened); return err },
		"Open": func(ctx context.Context) error {
			_, err := w.Users.Open(ctx, user.User{ID: w.id(), Number: signup.Number, Proven: midday})
			return err
		},
		"Get":    func(ctx context.Context) error { _, err := w.Users.Get(ctx, signup.ID); return err },
		"Find":   func(ctx context.Context) error { _, err := w.Users.Find(ctx, signup.Number); return err },
		"Rename": func(ctx context.Context) error { return w.Users.Rename(ctx, signup.ID, "Changed") },
	})
	w.holds(signup)
	for _, u := range []user.User{added, opened} {
		_, err := w.Users.Find(w.ctx, u.Number)
		w.fails(err, user.ErrNotFound)
	}
}
