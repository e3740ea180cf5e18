package portstest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/user"
)

// midday is when the tests begin: a time with all the microseconds that a database keeps, far from midnight.
var midday = time.Date(2026, 3, 1, 12, 0, 0, 123_456_000, time.UTC)

var (
	basicTerms = chat.Terms{Limit: 5}
	proTerms   = chat.Terms{Limit: quota.Unlimited, HeadStart: 30 * time.Second}
)

func freshID(t rapid.TB) id.ID {
	t.Helper()
	made, err := id.New(midday, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func (w *world) id() id.ID {
	w.Helper()
	return freshID(w)
}

func (w *world) number() phone.Number {
	w.Helper()
	digits := make([]byte, 13)
	if _, err := rand.Read(digits); err != nil {
		w.Fatal(err)
	}
	for i, b := range digits {
		digits[i] = '0' + b%10
	}
	n, err := phone.Parse("+99" + string(digits))
	w.ok(err)
	return n
}

// person is an account that no store has yet.
func (w *world) person() user.User {
	w.Helper()
	return user.User{ID: w.id(), Number: w.number(), Name: "Ada Λ 🦉", Created: midday}
}

// user is an account that is kept and proven.
func (w *world) user() user.User {
	w.Helper()
	u := w.person()
	u.Proven = midday
	kept, err := w.Users.Open(w.ctx, u)
	w.ok(err)
	return kept
}

// room is an empty room of a user of its own.
func (w *world) room() chat.Room {
	w.Helper()
	return w.roomOf(w.user().ID, midday)
}

func (w *world) roomOf(owner id.ID, at time.Time) chat.Room {
	w.Helper()
	r := chat.Room{ID: w.id(), Owner: owner, Name: "Owls Λ 🦉", Created: at, Updated: at}
	w.ok(w.Rooms.Add(w.ctx, r))
	return r
}

func (w *world) draft(r chat.Room, at time.Time) chat.Draft {
	w.Helper()
	return chat.Draft{Prompt: w.id(), Reply: w.id(), Room: r.ID, User: r.Owner, Text: "  What do owls eat?\n🦉 ", Now: at, Basic: basicTerms, Pro: proTerms}
}

func (w *world) accept(d chat.Draft) chat.Accepted {
	w.Helper()
	a, err := w.Messages.Accept(w.ctx, d)
	w.ok(err)
	return a
}

// send accepts a message and returns its reply's id.
func (w *world) send(r chat.Room, at time.Time) id.ID {
	w.Helper()
	return w.accept(w.draft(r, at)).Reply
}

func (w *world) used(u id.ID, at time.Time) int {
	w.Helper()
	n, err := w.Usage.Used(w.ctx, u, quota.DayOf(at))
	w.ok(err)
	return n
}

// rev is the revision that the room has.
func (w *world) rev(r chat.Room) int64 {
	w.Helper()
	kept, err := w.Rooms.Get(w.ctx, r.Owner, r.ID)
	w.ok(err)
	return kept.Rev
}

// log is all that the room holds.
func (w *world) log(r chat.Room) []chat.Message {
	w.Helper()
	page, err := w.Messages.Page(w.ctx, chat.Query{Owner: r.Owner, Room: r.ID, Limit: 1000})
	w.ok(err)
	return page.Messages
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) fails(err, want error) {
	w.Helper()
	if !errors.Is(err, want) {
		w.Fatalf("got error %v, want %v", err, want)
	}
}

// same compares by value, times by their instant.
func (w *world) same(what string, got, want any) {
	w.Helper()
	number := cmp.Comparer(func(a, b phone.Number) bool { return a == b })
	if diff := cmp.Diff(want, got, number, cmpopts.EquateEmpty()); diff != "" {
		w.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// over makes calls whose context is over. Each must fail, and not with a refusal, which would be a statement on the data.
func (w *world) over(calls map[string]func(ctx context.Context) error) {
	w.Helper()
	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	for name, call := range calls {
		err := call(ctx)
		if kind := fault.Of(err).Kind; err == nil || kind != fault.Internal && kind != fault.Unavailable {
			w.Errorf("%s with a context that is over: %v", name, err)
		}
	}
}

// together runs f n times at once and returns what each said.
func together(n int, f func(i int) error) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	all.Wait()
	return errs
}

// split asserts how many calls gave which error, nil included; no other may occur.
func (w *world) split(errs []error, want map[error]int) {
	w.Helper()
	got := map[error]int{}
	for _, err := range errs {
		got[w.oneOf(err, want)]++
	}
	for target, n := range want {
		if got[target] != n {
			w.Fatalf("%d calls gave %v, want %d", got[target], target, n)
		}
	}
}

func (w *world) oneOf(err error, want map[error]int) error {
	w.Helper()
	for target := range want {
		if errors.Is(err, target) {
			return target
		}
	}
	w.Fatalf("%v is none of %s", err, fmt.Sprint(want))
	return nil
}
