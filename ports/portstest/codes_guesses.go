package portstest

import (
	"crypto/rand"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
)

// guessDelay is how long a network waits after its wrong codes.
const guessDelay = 30 * time.Minute

// guessWrong tries a wrong code from a new network and checks that it was compared with a challenge.
func (t *storeTest) guessWrong(p otp.Purpose, n phone.Number, now time.Time) {
	t.Helper()
	t.guessWrongFrom(rand.Text(), p, n, now)
}

// guessWrongFrom does the same from a network. It replaces a challenge that has no attempts left.
func (t *storeTest) guessWrongFrom(network string, p otp.Purpose, n phone.Number, now time.Time) {
	t.Helper()
	if c := t.currentChallenge(p, n, now); c.Exhausted() {
		must(t, t.Codes.Void(t.ctx, p, n))
		t.issueNew(p, n, now)
	}
	wantError(t, t.tryWrongFrom(network, p, n, now), otp.ErrBadCode)
}

func (t *storeTest) guessWrongTimes(times int, p otp.Purpose, n phone.Number, now time.Time) {
	t.Helper()
	for range times {
		t.guessWrong(p, n, now)
	}
}

// guessFiveFrom tries five wrong codes from a network.
func (t *storeTest) guessFiveFrom(network string, p otp.Purpose, n phone.Number, now time.Time) {
	t.Helper()
	for range 5 {
		t.guessWrongFrom(network, p, n, now)
	}
}

// wantDelay checks that a network must wait exactly this long.
func (t *storeTest) wantDelay(network string, n phone.Number, now time.Time, delay time.Duration) {
	t.Helper()
	for _, p := range []otp.Purpose{otp.Login, otp.Reset} {
		err := t.tryWrongFrom(network, p, n, now)
		wantError(t, err, fault.ErrRateLimited)
		if got := fault.Of(err).RetryAfter; got != delay {
			t.Fatalf("RetryAfter = %v, want %v", got, delay)
		}
	}
}

func (t *storeTest) guessesDelay() {
	n := t.newNumber()
	t.guessFiveFrom("a", otp.Login, n, midday)
	t.wantDelay("a", n, midday, guessDelay)
	t.wantDelay("a", n, midday.Add(guessDelay-time.Microsecond), time.Microsecond)
	later := midday.Add(guessDelay)
	t.guessWrongFrom("a", otp.Login, n, later)
	t.wantDelay("a", n, later, guessDelay)
	t.guessWrongFrom("b", otp.Login, n, later.Add(time.Minute))
	t.wantDelay("a", n, later.Add(time.Minute), guessDelay)
}

func (t *storeTest) guessesRefusedTry() {
	n := t.newNumber()
	t.guessFiveFrom(ownNetwork, otp.Reset, n, midday)
	c := t.issueNew(otp.Login, n, midday)
	for range 10 {
		t.wantDelay(ownNetwork, n, midday, guessDelay)
	}
	wantError(t, t.tryCode(c, midday), fault.ErrRateLimited)
	wantEqual(t, "the challenge", t.currentChallenge(otp.Login, n, midday), c)
}

func (t *storeTest) guessesAllCodes() {
	n := t.newNumber()
	for range 2 {
		t.currentChallenge(otp.Login, n, midday)
		t.guessWrongFrom("a", otp.Login, n, midday)
		must(t, t.Codes.Void(t.ctx, otp.Login, n))
	}
	t.currentChallenge(otp.Reset, n, midday)
	for range 3 {
		t.guessWrongFrom("a", otp.Reset, n, midday)
	}
	t.wantDelay("a", n, midday, guessDelay)
}

func (t *storeTest) guessesWithoutChallenge() {
	n := t.newNumber()
	tryOften := func() {
		for range 20 {
			wantError(t, t.tryWrongFrom("a", otp.Login, n, midday), otp.ErrBadCode)
		}
	}
	tryOften()
	must(t, t.tryCode(t.issueNew(otp.Login, n, midday), midday))
	tryOften() // the challenge is used
	t.guessWrongTimes(5, otp.Login, n, midday)
	tryOften() // the challenge has no attempts left
	must(t, t.Codes.Void(t.ctx, otp.Login, n))
	t.issueNew(otp.Login, n, midday)
	t.guessWrongFrom("a", otp.Login, n, midday)
	t.wantDelay("a", n, midday, guessDelay)
}

func (t *storeTest) guessesOtherNumber() {
	n, other := t.newNumber(), t.newNumber()
	t.guessFiveFrom(ownNetwork, otp.Login, n, midday)
	must(t, t.tryCode(t.issueNew(otp.Reset, other, midday), midday))
}

// Otherwise a stranger who guesses all the time could keep the owner from logging in.
func (t *storeTest) guessesOtherNetwork() {
	n := t.newNumber()
	for range 25 {
		must(t, t.Codes.Void(t.ctx, otp.Login, n))
		t.guessWrong(otp.Login, n, midday)
	}
	must(t, t.Codes.Void(t.ctx, otp.Login, n))
	must(t, t.tryCode(t.issueNew(otp.Login, n, midday), midday))
}

func (t *storeTest) guessesAfterSuccess() {
	n := t.newNumber()
	t.guessFiveFrom("a", otp.Reset, n, midday)
	must(t, t.tryCode(t.issueNew(otp.Login, n, midday), midday))
	t.wantDelay("a", n, midday, guessDelay)
}

func (t *storeTest) guessesExpire() {
	n := t.newNumber()
	t.guessFiveFrom("a", otp.Login, n, midday)
	t.guessWrongTimes(1, otp.Login, n, midday)
	nextDay := midday.Add(24 * time.Hour)
	t.guessFiveFrom("a", otp.Login, n, nextDay)
	t.wantDelay("a", n, nextDay, guessDelay)
}
