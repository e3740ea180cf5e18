package portstest

import (
	"context"
	"fmt"
	"testing"

	"github.com/kuvaka-tech/parley/core/user"
)

// Passwords is the contract of a ports.Passwords.
func Passwords(t *testing.T, open func(t *testing.T) Stores) {
	proveStore(t, open, []sentence[*world]{
		{"Set replaces whatever is kept", (*world).passwordsSet},
		{"Swap replaces the hash it was told of alone", (*world).passwordsSwap},
		{"one of many who swap the same hash at once wins", (*world).passwordsRace},
		{"unknown accounts are not found", (*world).passwordsUnknown},
		{"a context that is over stops every method", (*world).passwordsOver},
	})
}

func (w *world) passwordsSet() {
	u, other := w.user(), w.user()
	for _, hash := range []string{"$first$", "$second$", ""} {
		w.ok(w.Passwords.Set(w.ctx, u.ID, hash))
		u.Password = hash
		w.holds(u)
	}
	w.holds(other)
}

func (w *world) passwordsSwap() {
	u := w.user()
	for _, step := range []struct {
		old, hash, kept string
		err             error
	}{
		{"$never$", "$a$", "", user.ErrWrongPassword},
		{"", "$a$", "$a$", nil},
		{"", "$b$", "$a$", user.ErrWrongPassword},
		{"$A$", "$b$", "$a$", user.ErrWrongPassword},
		{"$a$", "$b$", "$b$", nil},
		{"$a$", "$c$", "$b$", user.ErrWrongPassword},
	} {
		w.fails(w.Passwords.Swap(w.ctx, u.ID, step.old, step.hash), step.err)
		u.Password = step.kept
		w.holds(u)
	}
}

func (w *world) passwordsRace() {
	u := w.user()
	w.ok(w.Passwords.Set(w.ctx, u.ID, "$old$"))
	errs := together(20, func(i int) error { return w.Passwords.Swap(w.ctx, u.ID, "$old$", fmt.Sprint("$new", i)) })
	w.split(errs, map[error]int{nil: 1, user.ErrWrongPassword: 19})
	for i, err := range errs {
		if err == nil {
			u.Password = fmt.Sprint("$new", i)
		}
	}
	w.holds(u)
}

func (w *world) passwordsUnknown() {
	w.user()
	w.fails(w.Passwords.Set(w.ctx, w.id(), "$a$"), user.ErrNotFound)
	w.fails(w.Passwords.Swap(w.ctx, w.id(), "", "$a$"), user.ErrNotFound)
}

func (w *world) passwordsOver() {
	u := w.user()
	w.over(map[string]func(context.Context) error{
		"Set":  func(ctx context.Context) error { return w.Passwords.Set(ctx, u.ID, "$a$") },
		"Swap": func(ctx context.Context) error { return w.Passwords.Swap(ctx, u.ID, "", "$a$") },
	})
	w.holds(u)
}
