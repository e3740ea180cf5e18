//go:build linux

package bench

import (
	"time"

	"github.com/kuvaka-tech/parley/core/reply"
)

// measureClaims measures claims of one reply through the port, on a backlog that a worker has left.
// Before each claim, a fresh user has asked. All the time, up to 63 replies are running.
func (m *backlogs) measureClaims() {
	m.Helper()
	const running = 63
	c := &directClaims{queue: m.open(m.database)}
	held := c.timedClaim(running)
	c.took = nil
	for end := time.Now().Add(*duration); time.Now().Before(end) && len(c.took) < 500; {
		c.accept(m.fresh())
		c.finish(c.timedClaim(1)...)
	}
	m.Logf("  claims through the port, %d running: %s; %d got a reply of the backlog, %d failed",
		len(held), spread(c.took), c.ofBacklog, c.failed)
	c.finish(held...)
}

// directClaims are claims through the port.
type directClaims struct {
	*queue
	took              []time.Duration
	ofBacklog, failed int
}

// timedClaim claims n replies with one call and takes its time.
func (c *directClaims) timedClaim(n int) (got []reply.Task) {
	var err error
	c.took = append(c.took, timed(func() { got, err = c.tryClaim(n) }))
	if err != nil {
		if c.failed == 0 {
			c.Logf("  the first failed claim: %v", err)
		}
		c.failed++
	}
	if n == 1 && len(got) > 0 && got[0].Room[:8] == uuid(heavyRoomKind, 0)[:8] {
		c.ofBacklog++
	}
	return got
}
