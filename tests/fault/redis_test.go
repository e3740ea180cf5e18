//go:build linux

package fault

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// gate holds the model's answers back while it is locked.
type gate struct{ sync.RWMutex }

func (g *gate) act(string, int) rig.Act {
	g.RLock()
	defer g.RUnlock()
	return rig.Act{Latency: 50 * time.Millisecond}
}

// Redis forgets all it knows while 500 messages are in flight and most wake-ups
// are unread: nothing is lost, and wake-ups arrive again by themselves.
func TestRedisForgets(t *testing.T) {
	var g gate
	s := newStack(t, g.act)
	api := s.start("api")
	s.start("worker", "WORKER_CONCURRENCY=32")
	s.start("worker", "WORKER_CONCURRENCY=32")
	c := s.newCrowd(api, 500)
	var resumed, quickest []time.Duration
	unread, flushes := 0, times(10, 2)
	for range flushes {
		unread += s.flushed(c, &g, 500)
		resumed = append(resumed, c.resumed(10*time.Second))
		c.answered(30 * time.Second)
		quickest = append(quickest, c.quick(20))
	}
	c.answered(time.Second)
	if c.troubles() > 0 {
		t.Errorf("sends were answered with %v", c.broken)
	}
	t.Logf("%d times forgotten, with 500 in flight each time and %d wake-ups unread in all; wake-ups were taken again after at most %s; then 9 of 10 answers came within %s; %+v",
		flushes, unread, slices.Max(resumed).Round(time.Millisecond), slices.Max(quickest).Round(time.Millisecond), c.count())
}

// flushed has the server forget while n messages wait for the model, and says how many wake-ups went.
func (s *stack) flushed(c *crowd, g *gate, n int) (unread int) {
	s.Helper()
	g.Lock()
	defer g.Unlock()
	c.send(n)
	if waiting := c.count().Waiting; waiting != n {
		s.Errorf("%d messages in flight, want %d", waiting, n)
	}
	if unread = s.wakeUps(); unread == 0 {
		s.Error("no wake-up was there to be lost")
	}
	s.redis.Flush()
	return unread
}

// Redis is gone, then there again without what it knew. Sends are accepted meanwhile.
func TestRedisIsDown(t *testing.T) {
	s := newStack(t, briefly)
	l := s.without(s.redis.Kill, s.redis.Start, time.Duration(times(30, 3))*time.Second, 2*time.Second)
	t.Logf("down for %s", l)
}

// Redis neither answers nor closes a connection. A send asks it three times,
// which may each take two tries of a second, and goes on.
func TestRedisIsFrozen(t *testing.T) {
	s := newStack(t, briefly)
	thaw := func() {}
	l := s.without(func() { thaw = s.redis.Freeze() }, func() { thaw() }, time.Duration(times(30, 3))*time.Second, 7*time.Second)
	t.Logf("frozen for %s", l)
}

// away is how it went while Redis was.
type away struct {
	time.Duration
	sends                   pace
	resumed, drained, quick time.Duration
	tally
}

func (a away) String() string {
	return fmt.Sprintf("%s: %s; wake-ups were taken again %s after its return, all was answered %s later, and then 9 of 10 answers came within %s; %+v",
		a.Duration, a.sends, a.resumed.Round(time.Millisecond), a.drained.Round(time.Millisecond), a.quick.Round(time.Millisecond), a.tally)
}

// without has people send while Redis is away, each waiting for no longer than
// patience, and fails the test unless all is as before in 30 s after its return.
func (s *stack) without(leave, back func(), d, patience time.Duration) away {
	s.Helper()
	api := s.start("api")
	s.start("worker")
	c := s.newCrowd(api, 100)
	c.send(100)
	a := away{Duration: d}
	func() {
		leave()
		defer back()
		a.sends = c.sendFor(d, patience)
	}()
	a.resumed, a.drained = c.resumed(10*time.Second), c.answered(30*time.Second)
	a.quick = c.quick(20)
	c.answered(time.Second)
	a.tally = c.count()
	return a
}
