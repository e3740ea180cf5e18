//go:build linux

package fault

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// Redis is flushed while 500 messages are in flight and most wake-ups are unread. No message is
// lost, and workers read new wake-ups again without a restart.
func TestWakeupsResumeAfterRedisLosesItsData(t *testing.T) {
	var g gate
	s := newStack(t, g.act)
	api := s.start("api")
	s.start("worker", "WORKER_CONCURRENCY=32")
	s.start("worker", "WORKER_CONCURRENCY=32")
	l := s.newLoad(api, 500)
	var resumed, latencies []time.Duration
	flushes := times(10, 2)
	lost := 0
	for range flushes {
		lost += l.flushInFlight(&g, 500)
		resumed = append(resumed, l.checkWakeupsResume(10*time.Second))
		l.checkAnswered(30 * time.Second)
		latencies = append(latencies, l.checkWakeupLatency(20))
	}
	l.checkAnswered(time.Second)
	if l.countFailures() > 0 {
		t.Errorf("failed requests %v, want none", l.failures)
	}
	t.Logf("%d flushes with 500 messages in flight, %d unread wake-ups lost: wake-ups resumed after at most %s; "+
		"then 9 of 10 answers within %s; %+v", flushes, lost, slices.Max(resumed).Round(time.Millisecond),
		slices.Max(latencies).Round(time.Millisecond), l.count())
}

// flushInFlight flushes Redis while n messages wait for the model. It returns the number of
// wake-ups that were lost.
func (l *load) flushInFlight(g *gate, n int) (lost int) {
	l.Helper()
	g.Lock()
	defer g.Unlock()
	l.send(n)
	if unfinished := l.count().Unfinished; unfinished != n {
		l.Errorf("%d messages are in flight, want %d", unfinished, n)
	}
	lost = l.countWakeups()
	if lost == 0 {
		l.Error("the stream has no unread wake-ups, so the flush loses none")
	}
	l.redis.Flush()
	return lost
}

// Redis is killed and later started without its data.
func TestSendsAreAcceptedWhileRedisIsDown(t *testing.T) {
	s := newStack(t, quickModel)
	o := s.checkRedisOutage(s.redis.Kill, s.redis.Start, 2*time.Second)
	t.Logf("Redis was down for %s", o)
}

// Redis is suspended: it neither responds nor closes connections. A send calls Redis up to
// three times, with at most two attempts of one second each. That is 6 s; the test allows 7 s.
func TestSendsAreAcceptedWhileRedisIsSuspended(t *testing.T) {
	s := newStack(t, quickModel)
	thaw := func() {}
	o := s.checkRedisOutage(func() { thaw = s.redis.Freeze() }, func() { thaw() }, 7*time.Second)
	t.Logf("Redis was suspended for %s", o)
}

// outage contains what checkRedisOutage measured.
type outage struct {
	duration time.Duration
	sends    sendStats     // during the outage
	resumed  time.Duration // from the end of the outage until workers read wake-ups
	drained  time.Duration // from then until all messages were answered
	latency  time.Duration // 90th percentile of the times until an answer after that
	totals   totals
}

// String returns the measurements in words, for the log.
func (o outage) String() string {
	return fmt.Sprintf("%s: %s; wake-ups resumed after %s, backlog answered after another %s; "+
		"then 9 of 10 answers within %s; %+v", o.duration, o.sends, o.resumed.Round(time.Millisecond),
		o.drained.Round(time.Millisecond), o.latency.Round(time.Millisecond), o.totals)
}

// checkRedisOutage sends messages during an outage of Redis. It fails the test if a send takes
// longer than maxSend, or if wake-ups do not resume and the backlog is not answered in time.
func (s *stack) checkRedisOutage(begin, end func(), maxSend time.Duration) outage {
	s.Helper()
	api := s.start("api")
	s.start("worker")
	l := s.newLoad(api, 100)
	l.send(100)
	o := outage{duration: time.Duration(times(30, 3)) * time.Second}
	o.sends = l.sendDuring(begin, end, o.duration, maxSend)
	o.resumed = l.checkWakeupsResume(10 * time.Second)
	o.drained = l.checkAnswered(30 * time.Second)
	o.latency = l.checkWakeupLatency(20)
	l.checkAnswered(time.Second)
	o.totals = l.count()
	return o
}

// sendDuring calls begin, sends messages for the time d, and calls end.
func (l *load) sendDuring(begin, end func(), d, maxSend time.Duration) sendStats {
	l.Helper()
	begin()
	defer end()
	return l.sendSteadily(d, maxSend)
}
