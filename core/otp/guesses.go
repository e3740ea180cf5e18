package otp

import (
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
)

const (
	freeGuesses = 5 // wrong codes of a number, over all its challenges, before each costs a wait
	maxWait     = time.Hour
)

// Forget is how long after the last wrong code or wait the count starts anew.
const Forget = 24 * time.Hour

// Guesses counts a number's wrong codes over all its challenges and purposes. It slows
// verification and never locks it: see Try. The zero Guesses is that of a number nobody guessed at.
type Guesses struct {
	Wrong int
	Last  time.Time // of the wrong codes
	Until time.Time // tries before it are refused unseen; zero while none cost a wait
}

// Try is one try at a number's challenge c, nil for none, with the guesses so
// far; it returns them as they are then. It fails with fault.RateLimited, having
// looked at nothing, while the number waits, and else with ErrBadCode unless one
// of macs opens c.
//
// Only a code that was compared counts as wrong, so that who guesses without a
// code having been sent slows nobody. And the first try at a challenge never
// waits, so that who guesses at old codes does not keep the owner from a new
// one; that gives away one guess for each code sent, of which there are 10 a day.
func Try(c *Challenge, g Guesses, macs MACs, now time.Time) (Guesses, error) {
	guessable := c != nil && c.Lives(now) && !c.Dead()
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
		g = g.Miss(now)
	}
	return g, err
}

// Check refuses with fault.RateLimited while the number waits; a try refused so is not counted.
func (g Guesses) Check(now time.Time) error {
	if wait := g.Until.Sub(now); wait > 0 {
		return fault.RateLimited.After(wait)
	}
	return nil
}

// Miss counts a wrong code: the sixth costs a wait of 1 s, each further one twice the last, 1 h at most.
func (g Guesses) Miss(now time.Time) Guesses {
	if g.Stale(now) {
		g = Guesses{}
	}
	g.Wrong++
	g.Last = now
	if over := g.Wrong - freeGuesses; over > 0 {
		g.Until = now.Add(min(maxWait, time.Second<<min(over-1, 12)))
	}
	return g
}

// Stale says that the count has been forgotten.
func (g Guesses) Stale(now time.Time) bool {
	return now.Sub(g.Last) >= Forget && now.Sub(g.Until) >= Forget
}
