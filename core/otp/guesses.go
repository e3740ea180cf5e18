package otp

import (
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
)

const (
	freeGuesses = 5 // wrong codes of a number, over all its challenges, before each costs a wait
	maxWait     = time.Hour
	forget      = 24 * time.Hour // after a day without a wrong code or a wait the count starts anew
)

// Guesses counts a number's wrong codes over all its challenges and purposes. It slows
// verification and never locks it. The zero Guesses is that of a number nobody guessed at.
type Guesses struct {
	Wrong int
	Last  time.Time // of the wrong codes
	Until time.Time // tries before it are refused unseen; zero while none cost a wait
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
	return now.Sub(g.Last) >= forget && now.Sub(g.Until) >= forget
}
