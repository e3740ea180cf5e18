package portstest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/user"
)

// Erasures is the contract of ports.Erasures.
func Erasures(t *testing.T, open func(t *testing.T) Stores) {
	runStoreSuite(t, open, []requirement[*storeTest]{
		{"Erase adds the account to the list, and nothing else does", (*storeTest).erasuresOfErased},
		{"List returns what Add has added, the oldest first", (*storeTest).erasuresInOrder},
		{"Add keeps an erasure that the list has already", (*storeTest).erasuresKept},
		{"Purge deletes erasures after their TTL", (*storeTest).erasuresPurged},
		{"every method fails if the context is cancelled, and changes nothing", (*storeTest).erasuresCancelled},
	})
}

func (t *storeTest) wantErasures(want ...user.Erasure) {
	t.Helper()
	got, err := t.Erasures.List(t.ctx)
	must(t, err)
	wantEqual(t, "the erasures", got, want)
}

func (t *storeTest) addErasures(erasures ...user.Erasure) {
	t.Helper()
	must(t, t.Erasures.Add(t.ctx, erasures))
}

func (t *storeTest) erasuresOfErased() {
	kept, erased := t.addUser(), t.addUser()
	must(t, t.Rooms.Delete(t.ctx, kept.ID, t.addRoomOf(kept.ID, midday).ID))
	t.wantErasures()
	before := time.Now().Add(-time.Minute)
	t.erase(erased.ID)
	list, err := t.Erasures.List(t.ctx)
	must(t, err)
	if len(list) != 1 || list[0].User != erased.ID || list[0].At.Before(before) {
		t.Fatalf("the erasures are %v, want one of %s, now", list, erased.ID)
	}
}

func (t *storeTest) erasuresInOrder() {
	var want []user.Erasure
	for i := range 1500 {
		want = append(want, user.Erasure{User: newID(t), At: midday.Add(time.Duration(i) * time.Second)})
	}
	reversed := slices.Clone(want)
	slices.Reverse(reversed)
	t.addErasures(reversed...)
	t.addErasures()
	t.wantErasures(want...)
}

func (t *storeTest) erasuresKept() {
	first := user.Erasure{User: newID(t), At: midday}
	t.addErasures(first, first)
	t.addErasures(user.Erasure{User: first.User, At: midday.Add(time.Hour)})
	t.wantErasures(first)
}

func (t *storeTest) erasuresPurged() {
	old := user.Erasure{User: newID(t), At: midday}
	recent := user.Erasure{User: newID(t), At: midday.Add(time.Microsecond)}
	t.addErasures(old, recent)
	t.purge(midday.Add(user.ErasureTTL - time.Microsecond))
	t.wantErasures(old, recent)
	t.purge(midday.Add(user.ErasureTTL))
	t.wantErasures(recent)
}

func (t *storeTest) erasuresCancelled() {
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"List": func(ctx context.Context) error { return errorOf(t.Erasures.List(ctx)) },
		"Add": func(ctx context.Context) error {
			return t.Erasures.Add(ctx, []user.Erasure{{User: newID(t), At: midday}})
		},
	})
	t.wantErasures()
}
