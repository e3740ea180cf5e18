//go:build linux

package fault

import (
	"testing"
	"time"
)

// Redis is flushed while 500 messages are in flight and most wake-ups are unread. No message is
// lost, and workers read new wake-ups again without a restart.
func TestWakeupsResumeAfterRedisLosesItsData(t *testing.T) {
	var g gate
	newStack(t, g.act).checkLostWakeups(&g)
}

// Redis is killed and later started without its data.
func TestSendsAreAcceptedWhileRedisIsDown(t *testing.T) {
	s := newStack(t, quickModel)
	o := s.checkOutage(s.redis.Kill, s.redis.Start, 2*time.Second)
	t.Logf("Redis was down for %s", o)
}

// Redis is suspended: it neither responds nor closes connections. A send calls Redis up to
// three times, with at most two attempts of one second each. That is 6 s; the test allows 7 s.
func TestSendsAreAcceptedWhileRedisIsSuspended(t *testing.T) {
	s := newStack(t, quickModel)
	thaw := func() {}
	o := s.checkOutage(func() { thaw = s.redis.Freeze() }, func() { thaw() }, 7*time.Second)
	t.Logf("Redis was suspended for %s", o)
}
