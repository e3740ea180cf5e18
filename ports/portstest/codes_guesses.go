package portstest

import (
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
)

// guessWrong tries a wrong code and checks that it was compared with a challenge.
// It replaces a challenge that has no attempts left.
func (t *storeTest) guessWrong(p otp.Purpose, n phone.Number, now time.Time) {
	t.Helper()
	if c := t.currentChallenge(p, n, now); c.Exhausted() {
		must(t, t.Codes.Void(t.ctx, p, n))
		t.issueNew(p, n, now)
	}
	wantError(t, t.tryWrong(p, n, now), otp.ErrBadCode)
}

func (t *storeTest) guessWrongTimes(times int, p otp.Purpose, n phone.Number, now time.Time) {
	t.Helper()
	for range times {
		t.guessWrong(p, n, now)
	}
}

// wantDelay checks that a Try is refused and may be repeated after exactly this delay.
func (t *storeTest) wantDelay(p otp.Purpose, n phone.Number, now time.Time, delay time.Duration) {
	t.Helper()
	err := t.tryWrong(p, n, now)
	wantError(t, err, fault.ErrRateLimited)
	if got := fault.Of(err).RetryAfter; got != delay {
		t.Fatalf("RetryAfter = %v, want %v", got, delay)
	}
}

func (t *storeTest) guessesDelay() {
	n, now := t.newNumber(), midday
	t.guessWrongTimes(5, otp.Login, n, now)
	for _, delay := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second} {
		t.guessWrong(otp.Login, n, now)
		t.wantDelay(otp.Login, n, now, delay)
		t.wantDelay(otp.Login, n, now.Add(400*time.Millisecond), delay-400*time.Millisecond)
		t.wantDelay(otp.Login, n, now.Add(delay-time.Microsecond), time.Microsecond)
		now = now.Add(delay)
	}
	must(t, t.tryCode(t.currentChallenge(otp.Login, n, now), now))
}

func (t *storeTest) guessesRefusedTry() {
	n := t.newNumber()
	t.guessWrongTimes(6, otp.Login, n, midday)
	c := t.currentChallenge(otp.Login, n, midday)
	for range 10 {
		t.wantDelay(otp.Login, n, midday, time.Second)
	}
	wantError(t, t.tryCode(c, midday), fault.ErrRateLimited)
	wantEqual(t, "the challenge", t.currentChallenge(otp.Login, n, midday), c)
	later := midday.Add(time.Second)
	t.guessWrong(otp.Login, n, later)
	t.wantDelay(otp.Login, n, later, 2*time.Second)
	must(t, t.tryCode(c, later.Add(2*time.Second)))
}

func (t *storeTest) guessesAllCodes() {
	n := t.newNumber()
	for range 2 {
		t.currentChallenge(otp.Login, n, midday)
		t.guessWrong(otp.Login, n, midday)
		must(t, t.Codes.Void(t.ctx, otp.Login, n))
	}
	t.currentChallenge(otp.Reset, n, midday)
	t.guessWrongTimes(4, otp.Reset, n, midday)
	t.wantDelay(otp.Reset, n, midday, time.Second)
	t.wantDelay(otp.Login, n, midday, time.Second)
}

func (t *storeTest) guessesWithoutChallenge() {
	n := t.newNumber()
	tryOften := func() {
		for range 20 {
			wantError(t, t.tryWrong(otp.Login, n, midday), otp.ErrBadCode)
		}
	}
	tryOften()
	must(t, t.tryCode(t.issueNew(otp.Login, n, midday), midday))
	tryOften() // the challenge is used
	t.guessWrongTimes(5, otp.Login, n, midday)
	tryOften() // the challenge has no attempts left
	t.guessWrong(otp.Login, n, midday)
	t.wantDelay(otp.Login, n, midday, time.Second)
}

func (t *storeTest) guessesOtherNumber() {
	n, other := t.newNumber(), t.newNumber()
	t.guessWrongTimes(6, otp.Login, n, midday)
	t.guessWrongTimes(4, otp.Login, other, midday)
	must(t, t.tryCode(t.issueNew(otp.Reset, other, midday), midday))
}

// Otherwise an attacker who guesses all the time could keep the owner from logging in.
func (t *storeTest) guessesFirstTry() {
	n := t.newNumber()
	for range 25 {
		must(t, t.Codes.Void(t.ctx, otp.Login, n))
		t.guessWrong(otp.Login, n, midday)
	}
	t.wantDelay(otp.Login, n, midday, time.Hour)
	must(t, t.Codes.Void(t.ctx, otp.Login, n))
	t.wantDelay(otp.Login, n, midday, time.Hour)
	must(t, t.tryCode(t.issueNew(otp.Login, n, midday), midday))
	t.wantDelay(otp.Login, n, midday, time.Hour)
}

func (t *storeTest) guessesAfterSuccess() {
	n := t.newNumber()
	t.guessWrongTimes(5, otp.Reset, n, midday)
	must(t, t.tryCode(t.issueNew(otp.Login, n, midday), midday))
	t.guessWrong(otp.Login, n, midday)
	t.wantDelay(otp.Login, n, midday, time.Second)
}

func (t *storeTest) guessesExpire() {
	n := t.newNumber()
	t.guessWrongTimes(6, otp.Login, n, midday)
	nextDay := midday.Add(time.Second + 24*time.Hour)
	t.guessWrongTimes(6, otp.Login, n, nextDay)
	t.wantDelay(otp.Login, n, nextDay, time.Second)
}
