package otp

import (
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
)

const (
	freeGuesses = 5 // wrong codes of a number, over all its challenges, that delay nobody
	// repeatDelay is how long a network that has entered a wrong code waits before it may try
	// again. It is longer than the rest of the life of a dead code and the life of the next one
	// together.
	repeatDelay = 30 * time.Minute
)

// GuessesTTL is how long the wrong codes of a number are remembered after the last one.
const GuessesTTL = 24 * time.Hour

// Attempt is a code that a client has entered.
type Attempt struct {
	Slot
	Network string // of the client; see Guesses
	MACs    MACs   // of the code under each key
}

// Tried says which code an Attempt was compared with. The zero value means that it was compared
// with none.
type Tried struct {
	Compared bool
	Issued   time.Time // when the code was issued
}

// Guesses counts the wrong codes of a number that strangers have entered, over all its
// challenges and purposes. The zero value means no wrong codes.
//
// After freeGuesses wrong codes, a network that has entered one of them waits for repeatDelay
// after the last one. A network that has entered none does not wait. So strangers with up to
// five networks can use up the attempts of one code, but not of the next one: after the first
// code, they have at most four networks left.
type Guesses struct {
	Wrong     int
	LastWrong time.Time // when the last wrong code was entered
	Networks  Networks  // that have entered a wrong code
}

// Try tries a code at the challenge c of its slot. It returns the updated guesses g of the
// number, and the code that was compared. c is nil if the slot has no challenge. Try fails with
// ErrBadCode when the code does not open c. It fails with fault.ErrRateLimited when the network
// must wait, and does not compare the code then.
//
// A code counts as wrong only if it was compared. Tries of a known device have no delays,
// because strangers cannot try its code.
func Try(c *Challenge, g Guesses, a Attempt, now time.Time) (Guesses, Tried, error) {
	if a.Device == "" {
		if err := g.check(a.Network, now); err != nil {
			return g, Tried{}, err
		}
	}
	if c == nil || !c.Active(now) || c.Exhausted() {
		return g, Tried{}, ErrBadCode
	}
	err := c.Try(a.MACs, now)
	if err != nil && a.Device == "" {
		g = g.addWrong(a.Network, now)
	}
	return g, Tried{Compared: true, Issued: c.Issued()}, err
}

// check fails with fault.ErrRateLimited when a network must wait. RetryAfter is the rest of the delay.
func (g Guesses) check(network string, now time.Time) error {
	if g.Wrong < freeGuesses || !g.Networks.has(network) {
		return nil
	}
	if wait := g.LastWrong.Add(repeatDelay).Sub(now); wait > 0 {
		return fault.RateLimited(wait)
	}
	return nil
}

// addWrong returns the guesses after one more wrong code of a network.
func (g Guesses) addWrong(network string, now time.Time) Guesses {
	if g.Expired(now) {
		g = Guesses{}
	}
	return Guesses{Wrong: g.Wrong + 1, LastWrong: now, Networks: g.Networks.with(network)}
}

// Expired reports whether GuessesTTL has passed, so that the count starts again from zero.
func (g Guesses) Expired(now time.Time) bool { return now.Sub(g.LastWrong) >= GuessesTTL }
