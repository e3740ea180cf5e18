package flow

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// startLoggedIn starts the program without sockets, so that it can run in a bubble of
// testing/synctest, and logs a new user in.
func startLoggedIn(t *testing.T, c configs.Config, options ...boot.Option) (*program, device) {
	t.Helper()
	p := start(t, c, append(options, boot.InProcess())...)
	return p, p.newDevice().Login(client.Number())
}

// midnight returns the start of a day of simulated time. The time in a bubble starts at midnight(0).
func midnight(day int) time.Time { return time.Date(2000, 1, 1+day, 0, 0, 0, 0, time.UTC) }

// sleepUntil sleeps until a moment of simulated time.
func sleepUntil(at time.Time) { time.Sleep(time.Until(at)) }

// adjustableClock is a ports.Clock that can be set forward. time.Sleep in a bubble also
// runs all timers of the program, which takes too long for several weeks.
type adjustableClock struct {
	ports.Clock
	ahead atomic.Int64
}

// withAdjustableClock returns a clock and the option that makes a program use it.
func withAdjustableClock() (*adjustableClock, boot.Option) {
	c := &adjustableClock{}
	return c, boot.Wrap(func(system ports.Clock) ports.Clock { c.Clock = system; return c })
}

// Now implements ports.Clock.
func (c *adjustableClock) Now() time.Time { return c.Clock.Now().Add(time.Duration(c.ahead.Load())) }

func (c *adjustableClock) set(at time.Time) { c.ahead.Add(int64(at.Sub(c.Now()))) }

// passHours lets hours pass. In each hour the program runs for 11 seconds of simulated
// time, so that the reconciler, whose longest pause is 10 seconds, runs at least once.
func (c *adjustableClock) passHours(n int) {
	const running = 11 * time.Second
	for range n {
		c.set(c.Now().Add(time.Hour - running))
		time.Sleep(running)
	}
}

// checkElapsed checks that the time since a moment is between least and most.
func checkElapsed(t *testing.T, since time.Time, least, most time.Duration) {
	t.Helper()
	if d := time.Since(since); d < least || d > most {
		t.Errorf("elapsed time = %v, want %v to %v", d, least, most)
	}
}

// checkNoErrorLogs checks that the program has logged no errors.
func (p *program) checkNoErrorLogs() {
	p.t.Helper()
	for line := range strings.Lines(p.Log.String()) {
		if strings.Contains(line, "level=ERROR") {
			p.t.Errorf("the program logged an error: %s", line)
		}
	}
}
