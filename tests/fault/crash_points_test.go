//go:build linux

package fault

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// stored is a number of prompts in Postgres and of wake-ups in the stream.
type stored struct{ Prompts, Wakeups int }

// crashPoints are the points at which the API is killed while it accepts a message, and what
// it has stored at each of them.
var crashPoints = []struct {
	name string
	kill func(*apiCrash)
	want stored
}{
	{"before the commit", (*apiCrash).beforeCommit, stored{0, 0}},
	{"during the commit", (*apiCrash).duringCommit, stored{1, 0}},
	{"after the commit", (*apiCrash).afterCommit, stored{1, 0}},
	{"after the wake-up", (*apiCrash).afterWakeup, stored{1, 1}},
}

// An API process is killed at each crash point. The client retries with the same idempotency
// key. The message is accepted exactly once.
func TestAPIKilledAtEachCrashPointAcceptsOnce(t *testing.T) {
	s := newStack(t, nil)
	api := s.start("api")
	l := s.newLoad(api, 20)
	rounds := times(30, 2)
	for i := range rounds * len(crashPoints) {
		p := crashPoints[i%len(crashPoints)]
		c := &apiCrash{load: l, api: api, roomIndex: i % len(l.rooms)}
		if got := c.run(p.kill, fmt.Sprintf("killed %s, %d", p.name, i)); got != p.want {
			t.Errorf("API killed %s: it stored %+v, want %+v", p.name, got, p.want)
		}
	}
	s.start("worker")
	took := l.checkAnswered(time.Minute)
	t.Logf("%d kills at each of %d crash points: %+v; all answered %s after the worker was ready",
		rounds, len(crashPoints), l.count(), took.Round(time.Millisecond))
}

// apiCrash kills an API process while it accepts a message. No worker runs, so wake-ups stay
// in the stream.
type apiCrash struct {
	*load
	api       *rig.Parley
	roomIndex int // of the room that receives the message
	lock      *roomLock
	before    stored
}

// run sends a message, kills the API at a crash point and starts it again. It returns what the
// API had stored before it was started again. When run returns, the client's retry was accepted.
func (c *apiCrash) run(kill func(*apiCrash), text string) (added stored) {
	c.Helper()
	failures := c.countFailures()
	c.before = c.stored()
	c.lock = c.lockRoom(c.rooms[c.roomIndex].id)
	var sending sync.WaitGroup
	sending.Go(func() { c.sendText(c.roomIndex, text) })
	c.lock.waitBlocked()
	kill(c)
	added = c.added()
	c.lock.release()
	c.api.Start()
	sending.Wait()
	if c.countFailures() == failures {
		c.Errorf("%q got its response before the API was killed", text)
	}
	return added
}

func (c *apiCrash) beforeCommit() {
	c.api.Kill()
	c.lock.rollBackBlocked()
}

// duringCommit kills the API while its statement waits for the lock. Then it releases the lock,
// and Postgres commits the statement although its client is dead.
func (c *apiCrash) duringCommit() {
	c.api.Kill()
	c.lock.release()
	c.waitAdded(stored{1, 0})
}

// afterCommit suspends Redis, so that the API commits the message and cannot add the wake-up.
func (c *apiCrash) afterCommit() {
	thaw := c.redis.Freeze()
	defer thaw()
	c.lock.release()
	rig.Eventually(c, 5*time.Second, "the message is committed", func() bool { return c.prompts() > c.before.Prompts })
	c.api.Kill()
}

// afterWakeup delays Redis, so that the API is killed before it receives the response to its
// wake-up.
func (c *apiCrash) afterWakeup() {
	c.redisProxy.Delay(250 * time.Millisecond)
	defer c.redisProxy.Delay(0)
	c.lock.release()
	c.waitAdded(stored{1, 1})
	c.api.Kill()
}

func (c *apiCrash) waitAdded(want stored) {
	c.Helper()
	what := fmt.Sprintf("the API has stored %+v", want)
	rig.Eventually(c, 5*time.Second, what, func() bool { return c.added() == want })
}

// added returns what was stored since run was called.
func (c *apiCrash) added() stored {
	now := c.stored()
	return stored{now.Prompts - c.before.Prompts, now.Wakeups - c.before.Wakeups}
}

func (c *apiCrash) stored() stored { return stored{c.prompts(), c.wakeups.count()} }

func (c *apiCrash) prompts() int {
	return c.queryInt("SELECT count(*) FROM messages WHERE in_reply_to IS NULL")
}
