package otp

import (
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
)

const (
	undelayedGuesses = 5 // wrong codes of a number, over all its challenges, that cause no delay
	maxDelay         = time.Hour
)

// GuessesTTL is how long the wrong codes of a number are remembered after the end of the
// last delay or, if there was none, after the last wrong code.
const GuessesTTL = 24 * time.Hour

// Guesses counts the wrong codes of a number over all its challenges and purposes.
// It delays verification but never locks it; see Try. The zero value means no wrong codes.
type Guesses struct {
	Wrong        int
	LastWrong    time.Time // when the last wrong code was entered
	BlockedUntil time.Time // the end of the delay; zero if there was none
}

// Try tries a code, given by its MACs, at a challenge of a number. It returns the updated
// guesses g of the number. c is nil if the number has no challenge. Try fails with
// ErrBadCode when the code does not open c. During a delay it fails with
// fault.ErrRateLimited and does not compare the code.
//
// A code counts as wrong only if it was compared. So guesses at a number without an
// active challenge cause no delay. The first attempt at a challenge is never delayed. So
// an attacker who guesses at old codes cannot keep the owner from using a new one. The
// price is one undelayed guess for each code that is sent, which is at most 10 a day.
func Try(c *Challenge, g Guesses, macs MACs, now time.Time) (Guesses, error) {
	guessable := c != nil && c.Active(now) && !c.Exhausted()
	if !guessable || c.Attempts > 0 {
		if err := g.Check(now); err != nil {
			return g, err
		}
	}
	if !guessable {
		return g, ErrBadCode
	}
	err := c.Try(macs, now)
	if err != nil {
		g = g.AddWrong(now)
	}
	return g, err
}

// Check fails with fault.ErrRateLimited during a delay. RetryAfter is the rest of the delay.
func (g Guesses) Check(now time.Time) error {
	if wait := g.BlockedUntil.Sub(now); wait > 0 {
		return fault.RateLimited(wait)
	}
	return nil
}

// AddWrong returns the guesses after one more wrong code at now. The sixth wrong code
// causes a delay of 1 s. Each further one doubles the delay, up to 1 h.
func (g Guesses) AddWrong(now time.Time) Guesses {
	if g.Expired(now) {
		g = Guesses{}
	}
	g.Wrong++
	g.LastWrong = now
	if over := g.Wrong - undelayedGuesses; over > 0 {
		g.BlockedUntil = now.Add(min(maxDelay, time.Second<<min(over-1, 12)))
	}
	return g
}

// Expired reports whether GuessesTTL has passed, so that the count starts again from zero.
func (g Guesses) Expired(now time.Time) bool {
	return now.Sub(g.LastWrong) >= GuessesTTL && now.Sub(g.BlockedUntil) >= GuessesTTL
}
