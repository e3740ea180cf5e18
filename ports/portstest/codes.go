package portstest

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
)

// Codes is the contract of a ports.Codes.
func Codes(t *testing.T, open func(t *testing.T) Stores) {
	proveStore(t, open, []sentence[*world]{
		{"Issue returns the living challenge, attempts and all, also when it is dead", (*world).codesIssueLiving},
		{"Issue replaces a challenge that was used", (*world).codesIssueUsed},
		{"Issue replaces a challenge that expired", (*world).codesIssueExpired},
		{"all who ask at once get one challenge", (*world).codesIssueRace},
		{"a code opens once, at the fifth try at the latest", (*world).codesOpen},
		{"a code opens nothing once it expired", (*world).codesExpired},
		{"a code is bound to its purpose and number", (*world).codesBound},
		{"Void ends a challenge and nothing else", (*world).codesVoid},
		{"of 50 wrong tries at once 5 are evaluated, then the right one fails", (*world).codesWrongRace},
		{"of 50 right tries at once one succeeds", (*world).codesRightRace},
		{"a context that is over stops every method", (*world).codesOver},
		{"from a number's sixth wrong code on tries wait", (*world).guessesWait},
		{"tries refused unseen are not counted", (*world).guessesRefused},
		{"guesses count over all codes and purposes", (*world).guessesSpan},
		{"tries at no challenge count for nothing", (*world).guessesBare},
		{"guesses count for their number alone", (*world).guessesAlone},
		{"the first try at a challenge never waits", (*world).guessesFirst},
		{"a right code does not wipe out guesses", (*world).guessesKept},
		{"guesses are forgotten after a day", (*world).guessesForgotten},
	})
}

func (w *world) challenge(p otp.Purpose, n phone.Number, now time.Time) otp.Challenge {
	w.Helper()
	c, err := otp.NewChallenge(otp.NewKey([]byte("a key of the tests")), p, n, now, rand.Reader)
	w.ok(err)
	return c
}

// issued is a fresh challenge that is kept.
func (w *world) issued(p otp.Purpose, n phone.Number, now time.Time) otp.Challenge {
	w.Helper()
	c := w.challenge(p, n, now)
	w.issues(c, now, c)
	return c
}

func (w *world) issues(fresh otp.Challenge, now time.Time, want otp.Challenge) {
	w.Helper()
	got, err := w.Codes.Issue(w.ctx, fresh, now)
	w.ok(err)
	w.same("the challenge", got, want)
}

func (w *world) try(c otp.Challenge, now time.Time) error {
	return w.Codes.Try(w.ctx, c.Purpose, c.Number, otp.MACs{c.MAC}, now)
}

// miss tries a wrong code at a challenge that takes one and asserts that it was looked at.
func (w *world) miss(p otp.Purpose, n phone.Number, now time.Time) {
	w.Helper()
	if c := w.living(p, n, now); c.Dead() {
		w.ok(w.Codes.Void(w.ctx, p, n))
		w.issued(p, n, now)
	}
	w.fails(w.Codes.Try(w.ctx, p, n, otp.MACs{{}}, now), otp.ErrBadCode)
}

func (w *world) codesIssueLiving() {
	c := w.issued(otp.Login, w.number(), midday)
	for range otp.MaxAttempts {
		w.miss(otp.Login, c.Number, midday)
		c.Attempts++
		later := c.Expires.Add(-time.Microsecond)
		w.issues(w.challenge(otp.Login, c.Number, later), later, c)
	}
	if !c.Dead() {
		w.Fatal("five wrong codes must kill a challenge")
	}
}

func (w *world) codesIssueUsed() {
	c := w.issued(otp.Login, w.number(), midday)
	w.ok(w.try(c, midday))
	second := w.issued(otp.Login, c.Number, midday)
	w.fails(w.try(c, midday), otp.ErrBadCode)
	w.ok(w.try(second, midday))
}

func (w *world) codesIssueExpired() {
	c := w.issued(otp.Login, w.number(), midday)
	w.miss(otp.Login, c.Number, midday)
	second := w.issued(otp.Login, c.Number, c.Expires)
	w.ok(w.try(second, c.Expires))
}

func (w *world) codesIssueRace() {
	number := w.number()
	fresh, got := make([]otp.Challenge, 50), make([]otp.Challenge, 50)
	for i := range fresh {
		fresh[i] = w.challenge(otp.Login, number, midday)
	}
	w.split(together(50, func(i int) (err error) {
		got[i], err = w.Codes.Issue(w.ctx, fresh[i], midday)
		return err
	}), map[error]int{nil: 50})
	for _, c := range got {
		w.same("the challenge", c, got[0])
	}
	w.ok(w.try(got[0], midday))
}

func (w *world) codesOpen() {
	for misses := range otp.MaxAttempts + 1 {
		c := w.issued(otp.Login, w.number(), midday)
		for range misses {
			w.miss(otp.Login, c.Number, midday)
		}
		if misses < otp.MaxAttempts {
			w.ok(w.try(c, midday))
		}
		w.fails(w.try(c, midday), otp.ErrBadCode)
	}
}

func (w *world) codesExpired() {
	c := w.issued(otp.Login, w.number(), midday)
	w.ok(w.try(c, c.Expires.Add(-time.Microsecond)))
	late := w.issued(otp.Login, w.number(), midday)
	w.fails(w.try(late, late.Expires), otp.ErrBadCode)
}

// Challenges of one MAC show that the store keeps them apart, and not only the MAC.
func (w *world) codesBound() {
	login := w.challenge(otp.Login, w.number(), midday)
	w.issues(login, midday, login)
	reset, other := login, login
	reset.Purpose, other.Number = otp.Reset, w.number()
	for _, c := range []otp.Challenge{reset, other} {
		w.fails(w.try(c, midday), otp.ErrBadCode)
		w.issues(c, midday, c)
	}
	for _, c := range []otp.Challenge{reset, login, other} {
		w.ok(w.try(c, midday))
		w.fails(w.try(c, midday), otp.ErrBadCode)
	}
}

func (w *world) codesVoid() {
	n := w.number()
	w.ok(w.Codes.Void(w.ctx, otp.Login, n))
	login, reset := w.issued(otp.Login, n, midday), w.issued(otp.Reset, n, midday)
	other := w.issued(otp.Login, w.number(), midday)
	w.ok(w.Codes.Void(w.ctx, otp.Login, n))
	w.fails(w.try(login, midday), otp.ErrBadCode)
	w.ok(w.try(reset, midday))
	w.ok(w.try(other, midday))
	w.ok(w.try(w.issued(otp.Login, n, midday), midday))
}

func (w *world) codesWrongRace() {
	c := w.issued(otp.Login, w.number(), midday)
	errs := together(50, func(int) error { return w.Codes.Try(w.ctx, otp.Login, c.Number, otp.MACs{{}}, midday) })
	w.split(errs, map[error]int{otp.ErrBadCode: 50}) // which of them were compared shows in the attempts
	w.fails(w.try(c, midday.Add(time.Minute)), otp.ErrBadCode)
	c.Attempts = otp.MaxAttempts
	w.issues(w.challenge(otp.Login, c.Number, midday), midday, c)
}

func (w *world) codesRightRace() {
	c := w.issued(otp.Login, w.number(), midday)
	errs := together(50, func(int) error { return w.try(c, midday) })
	w.split(errs, map[error]int{nil: 1, otp.ErrBadCode: 49})
}

func (w *world) codesOver() {
	kept, fresh := w.issued(otp.Login, w.number(), midday), w.challenge(otp.Login, w.number(), midday)
	w.over(map[string]func(context.Context) error{
		"Issue": func(ctx context.Context) error { _, err := w.Codes.Issue(ctx, fresh, midday); return err },
		"Try": func(ctx context.Context) error {
			return w.Codes.Try(ctx, otp.Login, kept.Number, otp.MACs{kept.MAC}, midday)
		},
		"Try wrong": func(ctx context.Context) error {
			return w.Codes.Try(ctx, otp.Login, kept.Number, otp.MACs{{}}, midday)
		},
		"Void": func(ctx context.Context) error { return w.Codes.Void(ctx, otp.Login, kept.Number) },
	})
	w.issues(w.challenge(otp.Login, kept.Number, midday), midday, kept)
	w.issued(otp.Login, fresh.Number, midday)
}
