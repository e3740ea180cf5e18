package portstest

import (
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
)

// waits asserts that tries for the number are refused for exactly that long.
func (w *world) waits(p otp.Purpose, n phone.Number, now time.Time, wait time.Duration) {
	w.Helper()
	err := w.Codes.Try(w.ctx, p, n, otp.MAC{}, now)
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
	w.ok(w.try(w.issued(otp.Login, n, now), now))
}

func (w *world) guessesRefused() {
	n := w.number()
	w.misses(6, otp.Login, n, midday)
	c := w.issued(otp.Login, n, midday)
	for range 10 {
		w.waits(otp.Login, n, midday, time.Second)
	}
	w.fails(w.try(c, midday), fault.RateLimited)
	w.issues(w.challenge(otp.Login, n, midday), midday, c)
	later := midday.Add(time.Second)
	w.miss(otp.Login, n, later)
	w.waits(otp.Login, n, later, 2*time.Second)
	w.ok(w.try(c, later.Add(2*time.Second)))
}

func (w *world) guessesSpan() {
	n := w.number()
	for range 2 {
		w.issued(otp.Login, n, midday)
		w.misses(1, otp.Login, n, midday)
		w.ok(w.Codes.Void(w.ctx, otp.Login, n))
	}
	w.issued(otp.Reset, n, midday)
	w.misses(4, otp.Reset, n, midday)
	w.waits(otp.Reset, n, midday, time.Second)
	w.waits(otp.Login, n, midday, time.Second)
}

func (w *world) guessesBare() {
	n, other := w.number(), w.number()
	w.misses(6, otp.Login, n, midday)
	w.waits(otp.Login, n, midday, time.Second)
	w.ok(w.try(w.issued(otp.Login, other, midday), midday))
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
