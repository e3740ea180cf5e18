package portstest

import (
	"context"
	"fmt"
	"testing"

	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/user"
)

// Passwords is the contract of ports.Passwords.
func Passwords(t *testing.T, open func(t *testing.T) Stores) {
	runStoreSuite(t, open, []requirement[*storeTest]{
		{"Set replaces the hash, whatever it was", (*storeTest).passwordsSet},
		{"Swap replaces the hash only if it equals the old one", (*storeTest).passwordsSwap},
		{"of 20 concurrent Swaps of one hash exactly one succeeds", (*storeTest).passwordsSwapRace},
		{"Set and Swap fail with ErrNotFound for unknown accounts", (*storeTest).passwordsUnknown},
		{"Set fails with ErrNotFound for an account with another number", (*storeTest).passwordsOtherNumber},
		{"every method fails if the context is cancelled, and changes nothing", (*storeTest).passwordsCancelled},
	})
}

func (t *storeTest) passwordsSet() {
	u, other := t.addUser(), t.addUser()
	for _, hash := range []string{"$first$", "$second$", ""} {
		must(t, t.Passwords.Set(t.ctx, u.ID, u.Number, hash))
		u.PasswordHash = hash
		t.wantStored(u)
	}
	t.wantStored(other)
}

func (t *storeTest) passwordsSwap() {
	u := t.addUser()
	for _, step := range []struct {
		old, hash string
		err       error
	}{
		{"$never$", "$a$", user.ErrWrongPassword},
		{"", "$a$", nil},
		{"", "$b$", user.ErrWrongPassword},
		{"$A$", "$b$", user.ErrWrongPassword},
		{"$a$", "$b$", nil},
		{"$a$", "$c$", user.ErrWrongPassword},
	} {
		wantError(t, t.Passwords.Swap(t.ctx, u.ID, step.old, step.hash), step.err)
		if step.err == nil {
			u.PasswordHash = step.hash
		}
		t.wantStored(u)
	}
}

func (t *storeTest) passwordsSwapRace() {
	u := t.addUser()
	must(t, t.Passwords.Set(t.ctx, u.ID, u.Number, "$old$"))
	errs := concurrently(20, func(i int) error {
		return t.Passwords.Swap(t.ctx, u.ID, "$old$", fmt.Sprint("$new", i))
	})
	wantErrorCounts(t, errs, map[error]int{nil: 1, user.ErrWrongPassword: 19})
	for i, err := range errs {
		if err == nil {
			u.PasswordHash = fmt.Sprint("$new", i)
		}
	}
	t.wantStored(u)
}

func (t *storeTest) passwordsUnknown() {
	t.addUser()
	wantError(t, t.Passwords.Set(t.ctx, newID(t), t.newNumber(), "$a$"), user.ErrNotFound)
	wantError(t, t.Passwords.Swap(t.ctx, newID(t), "", "$a$"), user.ErrNotFound)
}

func (t *storeTest) passwordsCancelled() {
	u := t.addUser()
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"Set":  func(ctx context.Context) error { return t.Passwords.Set(ctx, u.ID, u.Number, "$a$") },
		"Swap": func(ctx context.Context) error { return t.Passwords.Swap(ctx, u.ID, "", "$a$") },
	})
	t.wantStored(u)
}

func (t *storeTest) passwordsOtherNumber() {
	u, other := t.addUser(), t.addUser()
	for _, number := range []phone.Number{t.newNumber(), other.Number} {
		wantError(t, t.Passwords.Set(t.ctx, u.ID, number, "$a$"), user.ErrNotFound)
	}
	t.wantStored(u)
	t.wantStored(other)
}
