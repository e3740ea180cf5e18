package capacity

import (
	"math"
	"math/rand/v2"
	"time"
)

// source is a stream of random numbers. The sequence of a PCG generator is specified, so it is the
// same with every version of Go.
type source struct{ pcg *rand.PCG }

func newSource(seed uint64) source { return source{rand.NewPCG(seed, 0)} }

// uniform returns a number between 0 and 1, both excluded.
func (s source) uniform() float64 { return (float64(s.pcg.Uint64()>>12) + 0.5) / (1 << 52) }

// below returns a number from 0 to n-1.
func (s source) below(n int) int { return int(s.uniform() * float64(n)) }

// normal returns a number of the standard normal distribution.
func (s source) normal() float64 { return math.Sqrt2 * math.Erfinv(2*s.uniform()-1) }

// exponential returns a duration of the exponential distribution with this mean.
func (s source) exponential(mean time.Duration) time.Duration {
	return toMicrosecond(-math.Log(s.uniform()) * float64(mean))
}

// toMicrosecond rounds nanoseconds to a microsecond. Processors differ in the last digit of a
// logarithm, and the rounding removes this difference.
func toMicrosecond(nanoseconds float64) time.Duration {
	return time.Duration(nanoseconds).Round(time.Microsecond)
}
