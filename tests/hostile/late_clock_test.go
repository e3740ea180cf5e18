package hostile

import (
	"sync/atomic"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/ports"
)

// lateClock is a clock that can be set forward.
type lateClock struct {
	ports.Clock
	late atomic.Int64 // by which time, in nanoseconds
}

// newLateClock returns a clock and the option that makes a program use it.
func newLateClock() (*lateClock, boot.Option) {
	clock := &lateClock{}
	return clock, boot.Wrap(func(c ports.Clock) ports.Clock { clock.Clock = c; return clock })
}

// Now implements ports.Clock.
func (c *lateClock) Now() time.Time { return c.Clock.Now().Add(time.Duration(c.late.Load())) }
