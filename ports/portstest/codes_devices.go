package portstest

import (
	"time"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
)

// issueForDevice issues a challenge for a new device.
func (t *storeTest) issueForDevice(p otp.Purpose, n phone.Number) otp.Challenge {
	t.Helper()
	c := t.newChallenge(p, n, midday)
	c.Device = newDevice(t)
	t.wantIssued(c, midday, c)
	return c
}

func (t *storeTest) codesOfDevices() {
	n := t.newNumber()
	own := t.issueNew(otp.Login, n, midday)
	a, b := t.issueForDevice(otp.Login, n), t.issueForDevice(otp.Login, n)
	again := t.newChallenge(otp.Login, n, midday)
	again.Device = a.Device
	t.wantIssued(again, midday, a)
	foreign := b
	foreign.Device = a.Device
	wantError(t, t.tryCode(foreign, midday), otp.ErrBadCode)
	for _, c := range []otp.Challenge{a, own, b} {
		must(t, t.tryCode(c, midday))
		wantError(t, t.tryCode(c, midday), otp.ErrBadCode)
	}
}

func (t *storeTest) guessesOfDevices() {
	n := t.newNumber()
	t.guessFiveFrom(ownNetwork, otp.Login, n, midday)
	dead, right := t.issueForDevice(otp.Login, n), t.issueForDevice(otp.Login, n)
	wrong := otp.Attempt{Slot: dead.Slot, Network: ownNetwork, MACs: otp.MACs{{}}}
	errs := concurrently(50, func(int) error { return errorOf(t.Codes.Try(t.ctx, wrong, midday)) })
	wantErrorCounts(t, errs, map[error]int{otp.ErrBadCode: 50})
	wantError(t, t.tryCode(dead, midday), otp.ErrBadCode)
	found, err := t.Codes.Find(t.ctx, dead.Slot)
	must(t, err)
	wantEqual(t, "the attempts that were compared", found.Attempts, otp.MaxAttempts)
	must(t, t.tryCode(right, midday))
}

func (t *storeTest) voidCodesOfDevices() {
	n := t.newNumber()
	login, reset := t.issueForDevice(otp.Login, n), t.issueForDevice(otp.Reset, n)
	must(t, t.Codes.Void(t.ctx, otp.Reset, n))
	wantError(t, t.tryCode(reset, midday), otp.ErrBadCode)
	must(t, t.tryCode(login, midday))
}

// findCode finds a challenge while it is active, when it is used, and when another one has expired.
func (t *storeTest) findCode() {
	find := func(s otp.Slot) otp.Challenge {
		c, err := t.Codes.Find(t.ctx, s)
		must(t, err)
		return c
	}
	n := t.newNumber()
	wantEqual(t, "the challenge of an unused slot", find(otp.Slot{Purpose: otp.Login, Number: n}), otp.Challenge{})
	c, dead := t.issueNew(otp.Login, n, midday), t.issueNew(otp.Reset, n, midday)
	wantEqual(t, "the active challenge", find(c.Slot), c)
	must(t, t.tryCode(c, midday))
	c.Used, c.Attempts = true, 1
	wantEqual(t, "the used challenge", find(c.Slot), c)
	t.guessWrongTimes(5, otp.Reset, n, midday)
	dead.Attempts = otp.MaxAttempts
	t.purge(dead.Expires.Add(otp.DeadCodeTTL - time.Microsecond))
	wantEqual(t, "the dead challenge an hour after its end", find(dead.Slot), dead)
}
