package portstest

import (
	"context"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/core/user"
)

// Retention is the contract of a ports.Retention. What was removed shows when
// the store is then asked as of a time at which it still held.
func Retention(t *testing.T, open func(t *testing.T) Stores) {
	proveStore(t, open, []sentence[*world]{
		{"an unproven signup is kept for its life, a proven one for ever", (*world).purgeUsers},
		{"a challenge is kept while it lives", (*world).purgeCodes},
		{"guesses are kept until they are forgotten", (*world).purgeGuesses},
		{"a session is kept while it is alive", (*world).purgeSessions},
		{"a key is kept for its life, what it stands for for ever", (*world).purgeKeys},
		{"the counts of five weeks are kept, older ones are not", (*world).purgeCounts},
		{"an event is kept for its life", (*world).purgeEvents},
		{"a purge says how much it removed", (*world).purgeTold},
		{"a context that is over stops it", (*world).purgeOver},
	})
}

func (w *world) purge(now time.Time) int {
	w.Helper()
	n, err := w.Retention.Purge(w.ctx, now)
	w.ok(err)
	return n
}

func (w *world) purgeUsers() {
	signup, proven := w.person(), w.user()
	w.ok(w.Users.Add(w.ctx, signup))
	over := midday.Add(user.UnprovenLife)
	w.purge(over.Add(-time.Microsecond))
	w.holds(signup)
	w.purge(over)
	_, err := w.Users.Get(w.ctx, signup.ID)
	w.fails(err, user.ErrNotFound)
	_, err = w.Users.Find(w.ctx, signup.Number)
	w.fails(err, user.ErrNotFound)
	again := w.person()
	again.Number = signup.Number
	w.ok(w.Users.Add(w.ctx, again))
	w.holds(again)
	w.purge(midday.Add(20 * 365 * 24 * time.Hour))
	w.holds(proven)
}

func (w *world) purgeCodes() {
	c := w.issued(otp.Login, w.number(), midday)
	w.misses(2, otp.Login, c.Number, midday)
	c.Attempts = 2
	w.purge(c.Expires.Add(-time.Microsecond))
	w.issues(w.challenge(otp.Login, c.Number, midday), midday, c)
	w.purge(c.Expires)
	w.issued(otp.Login, c.Number, midday)
}

func (w *world) purgeGuesses() {
	n := w.number()
	w.misses(6, otp.Login, n, midday)
	forgotten := midday.Add(time.Second + otp.Forget)
	w.purge(forgotten.Add(-time.Microsecond))
	w.waits(otp.Login, n, midday, time.Second)
	w.purge(forgotten)
	w.miss(otp.Login, n, midday)
}

func (w *world) purgeSessions() {
	s := w.session(w.user().ID)
	w.purge(s.Expires.Add(-time.Microsecond))
	w.alive(true, s)
	w.purge(s.Expires)
	w.fails(w.Sessions.Alive(w.ctx, s.ID, midday), session.ErrBadToken)
}

func (w *world) purgeKeys() {
	r := w.room()
	first, over := w.accept(w.keyed(r, "a", midday)), midday.Add(chat.KeyLife)
	before := w.log(r)
	w.purge(over.Add(-time.Microsecond))
	if again := w.accept(w.keyed(r, "a", midday)); !again.Replayed || again.Reply != first.Reply {
		w.Fatal("a key was removed within its life")
	}
	w.purge(over)
	w.same("the room's messages", w.log(r), before)
	if w.accept(w.keyed(r, "a", midday)).Replayed {
		w.Fatal("a key was kept past its life")
	}
}

// A unit may go back days after it was taken.
func (w *world) purgeCounts() {
	r := w.room()
	w.send(r, midday)
	w.send(r, midday)
	task := w.claim(midday)
	w.ok(w.Spend.Add(w.ctx, quota.DayOf(midday), 7))
	last := midday.AddDate(0, 0, quota.Kept)
	w.purge(last)
	w.counts(r.Owner, midday, 2)
	w.finish(task, gaveUp, last)
	w.counts(r.Owner, midday, 1)
	w.spent(quota.DayOf(midday), 7)
	w.purge(last.AddDate(0, 0, 1))
	w.counts(r.Owner, midday, 0)
	w.spent(quota.DayOf(midday), 0)
}

func (w *world) purgeEvents() {
	event, over := w.event(), midday.Add(subscription.EventLife)
	w.receives(event, midday, false)
	w.ok(w.Ledger.Applied(w.ctx, event, midday))
	w.purge(over.Add(-time.Microsecond))
	w.receives(event, midday, true)
	w.purge(over)
	w.receives(event, midday, false)
}

func (w *world) purgeTold() {
	u := w.user()
	w.purge(midday)
	w.session(u.ID)
	w.session(u.ID)
	w.issued(otp.Login, u.Number, midday)
	if n := w.purge(midday.Add(time.Hour)); n < 3 {
		w.Fatalf("%d things removed, want 3 at least", n)
	}
}

func (w *world) purgeOver() {
	s := w.session(w.user().ID)
	w.over(map[string]func(context.Context) error{
		"Purge": func(ctx context.Context) error { _, err := w.Retention.Purge(ctx, s.Expires); return err },
	})
	w.alive(true, s)
}
