//go:build linux

package fault

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// left is what there is in Postgres and in the stream of wake-ups.
type left struct{ Messages, WakeUps int }

// steps are where the API is with accepting a message when it is killed, and
// what it leaves behind.
var steps = []struct {
	at   string
	kill func(*death)
	more left
}{
	{"before the commit", (*death).beforeCommit, left{0, 0}},
	{"during the commit", (*death).duringCommit, left{1, 0}},
	{"after the commit", (*death).afterCommit, left{1, 0}},
	{"after the wake-up", (*death).afterWakeUp, left{1, 1}},
}

// An API killed at each step of accepting a message has accepted it once when
// its sender has tried again under the same key.
func TestKillingTheAPIAtEachStep(t *testing.T) {
	s := newStack(t, nil)
	api := s.start("api")
	c := s.newCrowd(api, 20)
	rounds := times(30, 2)
	for n := range rounds * len(steps) {
		step := steps[n%len(steps)]
		d := &death{crowd: c, api: api, room: n}
		if more := d.happen(step.kill, fmt.Sprintf("killed %s, %d", step.at, n)); more != step.more {
			t.Errorf("killed %s, the API left %+v", step.at, more)
		}
	}
	s.start("worker")
	took := c.answered(time.Minute)
	t.Logf("%d kills, %d at each step: %+v, all answered %s after the worker was ready", rounds*len(steps), rounds, c.count(), took.Round(time.Millisecond))
}

// death is an API's, while it accepts a message. No worker runs, so that wake-ups stay in the stream.
type death struct {
	*crowd
	api    *rig.Parley
	room   int
	held   *lock
	before left
}

// happen sends a text, kills the API, starts it again, and returns when the sender has succeeded.
func (d *death) happen(kill func(*death), text string) (more left) {
	d.Helper()
	troubles := d.troubles()
	d.before, d.held = d.left(), d.lock(d.seats[d.room%len(d.seats)].room)
	var sending sync.WaitGroup
	sending.Go(func() { d.say(d.room, text) })
	d.held.caught()
	kill(d)
	more = d.more()
	d.held.release()
	d.api.Start()
	if sending.Wait(); d.troubles() == troubles {
		d.Errorf("%q was answered before the API was killed", text)
	}
	return more
}

func (d *death) beforeCommit() {
	d.api.Kill()
	d.held.undo()
}

// duringCommit lets the statement end when nobody waits for it any more.
func (d *death) duringCommit() {
	d.api.Kill()
	d.held.release()
	d.comes(left{1, 0})
}

// afterCommit freezes Redis, so that the API gets no further.
func (d *death) afterCommit() {
	thaw := d.redis.Freeze()
	defer thaw()
	d.held.release()
	rig.Eventually(d, 5*time.Second, "the message is there", func() bool { return d.rows() > d.before.Messages })
	d.api.Kill()
}

// afterWakeUp keeps the API from hearing that its wake-up has arrived.
func (d *death) afterWakeUp() {
	d.toRedis.Delay(250 * time.Millisecond)
	defer d.toRedis.Delay(0)
	d.held.release()
	d.comes(left{1, 1})
	d.api.Kill()
}

func (d *death) comes(more left) {
	d.Helper()
	rig.Eventually(d, 5*time.Second, fmt.Sprintf("%+v more", more), func() bool { return d.more() == more })
}

func (d *death) more() left {
	now := d.left()
	return left{now.Messages - d.before.Messages, now.WakeUps - d.before.WakeUps}
}

func (d *death) left() left { return left{d.rows(), d.wakeUps()} }

func (d *death) rows() int {
	return d.postgres.Count("parley", "SELECT count(*) FROM messages WHERE in_reply_to IS NULL")
}

// stream is where wake-ups are.
const stream = "parley:replies"

// wakeUps is how many the stream holds.
func (s *stack) wakeUps() int {
	s.Helper()
	client := s.redis.Client()
	defer client.Close()
	n, err := client.XLen(context.Background(), stream).Result()
	if err != nil {
		s.Fatalf("measuring the stream: %v", err)
	}
	return int(n)
}
