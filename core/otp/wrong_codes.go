package otp

import "time"

const (
	minWrong         = 200 // wrong codes an hour that are never suspicious
	wrongPerVerified = 10  // wrong codes for a verified one that are not suspicious
	hoursPerDay      = 24
)

// SlowTryInterval is the minimum time between two codes that a network of strangers tries while
// WrongCodes are excessive. Otherwise an address has 30 tries in 5 minutes.
const SlowTryInterval = time.Minute

// WrongCodes is what decides whether strangers must enter codes more slowly.
type WrongCodes struct {
	LastHour     int // wrong codes of strangers in the last hour, in all countries
	BestVerified int // codes of strangers that were verified on the best day, in all countries
}

// Limit returns how many wrong codes an hour are not suspicious: ten times the codes that were
// verified in an average hour of the best day. People enter about one wrong code for ten right
// ones, and a busy hour has about three times the codes of an average one. So the limit is about
// 30 times what people enter in a busy hour. One of a million wrong codes would have been right.
// So strangers who stay below the minimum of 200 need 5000 hours on average to be lucky once.
func (w WrongCodes) Limit() int { return max(minWrong, wrongPerVerified*w.BestVerified/hoursPerDay) }

// Excessive reports whether a network of strangers may only try one code in SlowTryInterval.
func (w WrongCodes) Excessive() bool { return w.LastHour > w.Limit() }
