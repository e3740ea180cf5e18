package portstest

import (
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
)

// living is the number's challenge: the one that lives, or a fresh one.
func (w *world) living(p otp.Purpose, n phone.Number, now time.Time) otp.Challenge {
	w.Helper()
	c, err := w.Codes.Issue(w.ctx, w.challenge(p, n, now), now)
	w.ok(err)
	return c
}

// waits asserts that tries for the number are refused for exactly that long.
func (w *world) waits(p otp.Purpose, n phone.Number, now time.Time, wait time.Duration) {
	w.Helper()
	err := w.Codes.Try(w.ctx, p, n, otp.MACs{{}}, now)
	w.fails(err, fault.RateLimited)
	if got := fault.Of(err).RetryAfter; got != wait {
		w.Fatalf("retry after %v, want %v", got, wait)
	}
}

func (w *world) misses(times int, p otp.Purpose, n phone.Number, now time.Time) {
	w.Helper()
	for range times {
		w.miss(p, n, now)
	}
}

func (w *world) guessesWait() {
	n, now := w.number(), midday
	w.misses(5, otp.Login, n, now)
	for _, wait := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second} {
		w.miss(otp.Login, n, now)
		w.waits(otp.Login, n, now, wait)
		w.waits(otp.Login, n, now.Add(400*time.Millisecond), wait-400*time.Millisecond)
		w.waits(otp.Login, n, now.Add(wait-time.Microsecond), time.Microsecond)
		now = now.Add(wait)
	}
	w.ok(w.try(w.living(otp.Login, n, now), now))
}

func (w *world) guessesRefused() {
	n := w.number()
	w.misses(6, otp.Login, n, midday)
	c := w.living(otp.Login, n, midday)
	for range 10 {
		w.waits(otp.Login, n, midday, time.Second)
	}
	w.fails(w.try(c, midday), fault.RateLimited)
	w.same("the challenge", w.living(otp.Login, n, midday), c)
	later := midday.Add(time.Second)
	w.miss(otp.Login, n, later)
	w.waits(otp.Login, n, later, 2*time.Second)
	w.ok(w.try(c, later.Add(2*time.Second)))
}

func (w *world) guessesSpan() {
	n := w.number()
	for range 2 {
		w.living(otp.Login, n, midday)
		w.misses(1, otp.Login, n, midday)
		w.ok(w.Codes.Void(w.ctx, otp.Login, n))
	}
	w.living(otp.Reset, n, midday)
	w.misses(4, otp.Reset, n, midday)
	w.waits(otp.Reset, n, midday, time.Second)
	w.waits(otp.Login, n, midday, time.Second)
}

func (w *world) guessesBare() {
	n := w.number()
	bare := func() {
		for range 20 {
			w.fails(w.Codes.Try(w.ctx, otp.Login, n, otp.MACs{{}}, midday), otp.ErrBadCode)
		}
	}
	bare()
	w.ok(w.try(w.issued(otp.Login, n, midday), midday))
	bare()
	w.misses(5, otp.Login, n, midday)
	bare() // at a dead one
	w.miss(otp.Login, n, midday)
	w.waits(otp.Login, n, midday, time.Second)
}

func (w *world) guessesAlone() {
	n, other := w.number(), w.number()
	w.misses(6, otp.Login, n, midday)
	w.misses(4, otp.Login, other, midday)
	w.ok(w.try(w.issued(otp.Reset, other, midday), midday))
}

// However much was guessed at a number, the owner's first try at a new code counts.
func (w *world) guessesFirst() {
	n := w.number()
	for range 25 {
		w.ok(w.Codes.Void(w.ctx, otp.Login, n))
		w.misses(1, otp.Login, n, midday)
	}
	w.waits(otp.Login, n, midday, time.Hour)
	w.ok(w.Codes.Void(w.ctx, otp.Login, n))
	w.waits(otp.Login, n, midday, time.Hour)
	w.ok(w.try(w.issued(otp.Login, n, midday), midday))
	w.waits(otp.Login, n, midday, time.Hour)
}

func (w *world) guessesKept() {
	n := w.number()
	w.misses(5, otp.Reset, n, midday)
	w.ok(w.try(w.issued(otp.Login, n, midday), midday))
	w.miss(otp.Login, n, midday)
	w.waits(otp.Login, n, midday, time.Second)
}

func (w *world) guessesForgotten() {
	n := w.number()
	w.misses(6, otp.Login, n, midday)
	nextDay := midday.Add(time.Second + 24*time.Hour)
	w.misses(6, otp.Login, n, nextDay)
	w.waits(otp.Login, n, nextDay, time.Second)
}
