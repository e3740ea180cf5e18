//go:build linux

package fault

import (
	"fmt"
	"slices"
	"time"
)

// checkLostWakeups deletes the queue of wake-ups while 500 messages are in flight, several times.
// It fails the test if a message is lost or if wake-ups do not resume.
func (s *stack) checkLostWakeups(g *gate) {
	s.Helper()
	api := s.start("api")
	s.start("worker", "WORKER_CONCURRENCY=32")
	s.start("worker", "WORKER_CONCURRENCY=32")
	l := s.newLoad(api, 500)
	var resumed, latencies []time.Duration
	losses := times(10, 2)
	lost := 0
	for range losses {
		lost += l.loseInFlight(g, 500)
		resumed = append(resumed, l.checkWakeupsResume(10*time.Second))
		l.checkAnswered(30 * time.Second)
		latencies = append(latencies, l.checkWakeupLatency(20))
	}
	l.checkAnswered(time.Second)
	if l.countFailures() > 0 {
		s.Errorf("failed requests %v, want none", l.failures)
	}
	s.Logf("%d losses with 500 messages in flight, %d unread wake-ups lost: wake-ups resumed after at most %s; "+
		"then 9 of 10 answers within %s; %+v", losses, lost, slices.Max(resumed).Round(time.Millisecond),
		slices.Max(latencies).Round(time.Millisecond), l.count())
}

// loseInFlight deletes the queue of wake-ups while n messages wait for the model. It returns the
// number of wake-ups that were lost.
func (l *load) loseInFlight(g *gate, n int) (lost int) {
	l.Helper()
	g.Lock()
	defer g.Unlock()
	l.send(n)
	if unfinished := l.count().Unfinished; unfinished != n {
		l.Errorf("%d messages are in flight, want %d", unfinished, n)
	}
	lost = l.wakeups.count()
	if lost == 0 {
		l.Error("the queue has no unread wake-ups, so the deletion loses none")
	}
	l.wakeups.lose()
	return lost
}

// outage contains what checkOutage measured.
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

// checkOutage sends messages during an outage of Redis or NATS. It fails the test if a send takes
// longer than maxSend, or if wake-ups do not resume and the backlog is not answered in time.
func (s *stack) checkOutage(begin, end func(), maxSend time.Duration) outage {
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
