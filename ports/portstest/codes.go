package portstest

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
)

// Codes is the contract of ports.Codes. codes_guesses.go tests the delays after wrong guesses, and
// codes_devices.go the codes of known devices.
func Codes(t *testing.T, open func(t *testing.T) Stores) {
	runStoreSuite(t, open, []requirement[*storeTest]{
		{"Issue returns the valid challenge with its attempts, also when they are used up", (*storeTest).issueExisting},
		{"Issue replaces a used challenge", (*storeTest).issueAfterUse},
		{"Issue replaces an expired challenge", (*storeTest).issueAfterExpiry},
		{"50 concurrent Issues return the same challenge", (*storeTest).issueRace},
		{"a code can be used once, in one of its five attempts", (*storeTest).tryAttempts},
		{"a code cannot be used after it has expired", (*storeTest).tryExpired},
		{"a code can be used only for its purpose and number", (*storeTest).tryOtherPurpose},
		{"Void removes only this challenge", (*storeTest).voidCode},
		{"of 50 concurrent wrong Tries 5 are counted as attempts, and the code is used up", (*storeTest).tryWrongRace},
		{"of 50 concurrent right Tries exactly one succeeds", (*storeTest).tryRightRace},
		{"Try returns when the code that was compared was issued", (*storeTest).tryReturnsIssue},
		{"after five wrong guesses at a number, the networks of these wait", (*storeTest).guessesDelay},
		{"a Try that is refused because of the delay does not count", (*storeTest).guessesRefusedTry},
		{"guesses are counted over all codes and purposes of the number", (*storeTest).guessesAllCodes},
		{"a Try without a challenge is no guess", (*storeTest).guessesWithoutChallenge},
		{"guesses at one number do not delay another", (*storeTest).guessesOtherNumber},
		{"a network without wrong guesses is never delayed", (*storeTest).guessesOtherNetwork},
		{"a right code does not reset the guesses", (*storeTest).guessesAfterSuccess},
		{"guesses expire after a day", (*storeTest).guessesExpire},
		{"each known device has a code of its own", (*storeTest).codesOfDevices},
		{"guesses at a number do not affect the code of a known device", (*storeTest).guessesOfDevices},
		{"Void also removes the codes of known devices", (*storeTest).voidCodesOfDevices},
		{"the code of a user who changes the number works only for this user", (*storeTest).codesOfUsers},
		{"Find returns the last challenge, also after its end", (*storeTest).findCode},
		{"every method fails if the context is cancelled, and changes nothing", (*storeTest).codesCancelled},
	})
}

// ownNetwork is the network from which tests enter right codes.
const ownNetwork = "192.0.2.1"

// newChallenge returns a challenge that is not stored.
func (t *storeTest) newChallenge(p otp.Purpose, n phone.Number, now time.Time) otp.Challenge {
	t.Helper()
	key, slot := otp.NewKey([]byte("a key of the tests")), otp.Slot{Purpose: p, Number: n}
	c, err := otp.NewChallenge(key, slot, now, rand.Reader)
	must(t, err)
	return c
}

// issueNew issues a new challenge. The store must not have a valid one yet.
func (t *storeTest) issueNew(p otp.Purpose, n phone.Number, now time.Time) otp.Challenge {
	t.Helper()
	c := t.newChallenge(p, n, now)
	t.wantIssued(c, now, c)
	return c
}

// wantIssued issues a challenge and checks which one Issue returns.
func (t *storeTest) wantIssued(fresh otp.Challenge, now time.Time, want otp.Challenge) {
	t.Helper()
	got, err := t.Codes.Issue(t.ctx, fresh, now)
	must(t, err)
	wantEqual(t, "the challenge", got, want)
}

// currentChallenge returns the valid challenge, or a new one if there is none.
func (t *storeTest) currentChallenge(p otp.Purpose, n phone.Number, now time.Time) otp.Challenge {
	t.Helper()
	c, err := t.Codes.Issue(t.ctx, t.newChallenge(p, n, now), now)
	must(t, err)
	return c
}

// tryCode tries the right code of a challenge.
func (t *storeTest) tryCode(c otp.Challenge, now time.Time) error {
	return errorOf(t.Codes.Try(t.ctx, otp.Attempt{Slot: c.Slot, Network: ownNetwork, MACs: otp.MACs{c.MAC}}, now))
}

// tryWrong tries a wrong code from a network that has not tried any.
func (t *storeTest) tryWrong(p otp.Purpose, n phone.Number, now time.Time) error {
	return t.tryWrongFrom(rand.Text(), p, n, now)
}

// tryWrongFrom tries a wrong code from a network.
func (t *storeTest) tryWrongFrom(network string, p otp.Purpose, n phone.Number, now time.Time) error {
	slot := otp.Slot{Purpose: p, Number: n}
	return errorOf(t.Codes.Try(t.ctx, otp.Attempt{Slot: slot, Network: network, MACs: otp.MACs{{}}}, now))
}

func (t *storeTest) issueExisting() {
	c := t.issueNew(otp.Login, t.newNumber(), midday)
	for range otp.MaxAttempts {
		t.guessWrong(otp.Login, c.Number, midday)
		c.Attempts++
		later := c.Expires.Add(-time.Microsecond)
		t.wantIssued(t.newChallenge(otp.Login, c.Number, later), later, c)
	}
	if !c.Exhausted() {
		t.Fatal("the challenge has attempts left after five wrong codes, want none")
	}
}

func (t *storeTest) issueAfterUse() {
	c := t.issueNew(otp.Login, t.newNumber(), midday)
	must(t, t.tryCode(c, midday))
	second := t.issueNew(otp.Login, c.Number, midday)
	wantError(t, t.tryCode(c, midday), otp.ErrBadCode)
	must(t, t.tryCode(second, midday))
}

func (t *storeTest) issueAfterExpiry() {
	c := t.issueNew(otp.Login, t.newNumber(), midday)
	t.guessWrong(otp.Login, c.Number, midday)
	second := t.issueNew(otp.Login, c.Number, c.Expires)
	must(t, t.tryCode(second, c.Expires))
}

func (t *storeTest) issueRace() {
	number := t.newNumber()
	fresh, got := make([]otp.Challenge, 50), make([]otp.Challenge, 50)
	for i := range fresh {
		fresh[i] = t.newChallenge(otp.Login, number, midday)
	}
	errs := concurrently(len(fresh), func(i int) (err error) {
		got[i], err = t.Codes.Issue(t.ctx, fresh[i], midday)
		return err
	})
	wantErrorCounts(t, errs, map[error]int{nil: 50})
	for _, c := range got {
		wantEqual(t, "the challenge", c, got[0])
	}
	must(t, t.tryCode(got[0], midday))
}

func (t *storeTest) tryAttempts() {
	for wrong := range otp.MaxAttempts + 1 {
		c := t.issueNew(otp.Login, t.newNumber(), midday)
		t.guessWrongTimes(wrong, otp.Login, c.Number, midday)
		if wrong < otp.MaxAttempts {
			must(t, t.tryCode(c, midday))
		}
		wantError(t, t.tryCode(c, midday), otp.ErrBadCode)
	}
}

func (t *storeTest) tryExpired() {
	c := t.issueNew(otp.Login, t.newNumber(), midday)
	must(t, t.tryCode(c, c.Expires.Add(-time.Microsecond)))
	late := t.issueNew(otp.Login, t.newNumber(), midday)
	wantError(t, t.tryCode(late, late.Expires), otp.ErrBadCode)
}

// The challenges have the same MAC, so that only purpose and number distinguish them.
func (t *storeTest) tryOtherPurpose() {
	login := t.newChallenge(otp.Login, t.newNumber(), midday)
	t.wantIssued(login, midday, login)
	reset, other := login, login
	reset.Purpose, other.Number = otp.Reset, t.newNumber()
	for _, c := range []otp.Challenge{reset, other} {
		wantError(t, t.tryCode(c, midday), otp.ErrBadCode)
		t.wantIssued(c, midday, c)
	}
	for _, c := range []otp.Challenge{reset, login, other} {
		must(t, t.tryCode(c, midday))
		wantError(t, t.tryCode(c, midday), otp.ErrBadCode)
	}
}

func (t *storeTest) voidCode() {
	n := t.newNumber()
	must(t, t.Codes.Void(t.ctx, otp.Login, n))
	login, reset := t.issueNew(otp.Login, n, midday), t.issueNew(otp.Reset, n, midday)
	other := t.issueNew(otp.Login, t.newNumber(), midday)
	must(t, t.Codes.Void(t.ctx, otp.Login, n))
	wantError(t, t.tryCode(login, midday), otp.ErrBadCode)
	must(t, t.tryCode(reset, midday))
	must(t, t.tryCode(other, midday))
	must(t, t.tryCode(t.issueNew(otp.Login, n, midday), midday))
}

func (t *storeTest) tryWrongRace() {
	c := t.issueNew(otp.Login, t.newNumber(), midday)
	errs := concurrently(50, func(int) error { return t.tryWrong(otp.Login, c.Number, midday) })
	wantErrorCounts(t, errs, map[error]int{otp.ErrBadCode: 50})
	wantError(t, t.tryCode(c, midday.Add(time.Minute)), otp.ErrBadCode)
	c.Attempts = otp.MaxAttempts // the attempts show how many were compared with the code
	t.wantIssued(t.newChallenge(otp.Login, c.Number, midday), midday, c)
}

// A try without an attempt left compares nothing.
func (t *storeTest) tryReturnsIssue() {
	c := t.issueNew(otp.Login, t.newNumber(), midday)
	later := midday.Add(time.Minute)
	want := otp.Tried{Compared: true, Issued: midday}
	for i := range otp.MaxAttempts + 1 {
		if i == otp.MaxAttempts {
			want = otp.Tried{}
		}
		a := otp.Attempt{Slot: c.Slot, Network: rand.Text(), MACs: otp.MACs{{}}}
		tried, err := t.Codes.Try(t.ctx, a, later)
		wantError(t, err, otp.ErrBadCode)
		wantEqual(t, "the compared code", tried, want)
	}
	right := t.issueNew(otp.Login, t.newNumber(), midday)
	a := otp.Attempt{Slot: right.Slot, Network: ownNetwork, MACs: otp.MACs{right.MAC}}
	tried, err := t.Codes.Try(t.ctx, a, later)
	must(t, err)
	wantEqual(t, "the right code", tried, otp.Tried{Compared: true, Issued: midday})
}

func (t *storeTest) tryRightRace() {
	c := t.issueNew(otp.Login, t.newNumber(), midday)
	errs := concurrently(50, func(int) error { return t.tryCode(c, midday) })
	wantErrorCounts(t, errs, map[error]int{nil: 1, otp.ErrBadCode: 49})
}

func (t *storeTest) codesCancelled() {
	c := t.issueNew(otp.Login, t.newNumber(), midday)
	fresh := t.newChallenge(otp.Login, t.newNumber(), midday)
	try := func(mac otp.MAC) func(context.Context) error {
		return func(ctx context.Context) error {
			a := otp.Attempt{Slot: c.Slot, Network: ownNetwork, MACs: otp.MACs{mac}}
			return errorOf(t.Codes.Try(ctx, a, midday))
		}
	}
	wantCancelledCallsFail(t, map[string]func(context.Context) error{
		"Find":      func(ctx context.Context) error { return errorOf(t.Codes.Find(ctx, c.Slot)) },
		"Issue":     func(ctx context.Context) error { return errorOf(t.Codes.Issue(ctx, fresh, midday)) },
		"right Try": try(c.MAC),
		"wrong Try": try(otp.MAC{}),
		"Void":      func(ctx context.Context) error { return t.Codes.Void(ctx, otp.Login, c.Number) },
	})
	t.wantIssued(t.newChallenge(otp.Login, c.Number, midday), midday, c)
	t.issueNew(otp.Login, fresh.Number, midday)
}
