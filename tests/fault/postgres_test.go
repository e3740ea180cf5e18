//go:build linux

package fault

import (
	"slices"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// Postgres crashes and restarts under load. Then all connections are closed and new ones are
// refused for a moment. Every message accepted before, during and after that gets one reply,
// and the processes become ready again without a restart.
func TestPostgresOutagesLoseNothing(t *testing.T) {
	s := newStack(t, quickModel)
	l := s.startContinuousLoad()
	crashed := l.injectFaults(times(5, 2), func() {
		s.postgres.Crash()
		time.Sleep(s.randomDuration(0, time.Second))
		s.postgres.Start()
	})
	disconnected := l.injectFaults(times(20, 3), func() {
		s.postgresProxy.Cut()
		time.Sleep(s.randomDuration(0, time.Second))
		s.postgresProxy.Restore()
	})
	l.stop()
	l.checkOnlyUnavailable()
	took := l.checkAnswered(30 * time.Second)
	t.Logf("%d crashes, ready after at most %s; %d disconnections, ready after at most %s; "+
		"last answer %s after the last send; failed requests %v; %+v",
		len(crashed), slices.Max(crashed).Round(time.Millisecond),
		len(disconnected), slices.Max(disconnected).Round(time.Millisecond),
		took.Round(time.Millisecond), l.failures, l.count())
}

// The existing connections to Postgres stop responding, as after a failover to another host.
// New connections work. Parley gives up a statement after 6 s, and closes the idle connections then.
func TestProcessesRecoverFromSilentPostgresConnections(t *testing.T) {
	const recoveryTimeout = time.Minute
	s := newStack(t, quickModel)
	l := s.startContinuousLoad()
	time.Sleep(l.randomDuration(500*time.Millisecond, time.Second))
	s.postgresProxy.Silence()
	s.postgres.Exec(database, "DELETE FROM workers") // every sweep writes the worker's heartbeat again
	began := time.Now()
	swept := rig.Eventually(t, recoveryTimeout, "both workers sweep", func() bool {
		return s.queryInt("SELECT count(*) FROM workers WHERE until > now()") == 2
	})
	for _, p := range l.processes {
		p.Ready(recoveryTimeout - time.Since(began))
	}
	ready := time.Since(began)
	l.stop()
	l.checkOnlyUnavailable()
	took := l.checkAnswered(60 * time.Second)
	t.Logf("all connections silent: workers sweep after %s, all processes ready after %s, "+
		"last answer %s after the last send; failed requests %v; %+v",
		swept.Round(time.Millisecond), ready.Round(time.Millisecond), took.Round(time.Millisecond),
		l.failures, l.count())
}

// Postgres accepts connections and answers nothing, as when its host is suspended. Each request is
// refused within a few seconds, also those that wait for the batches of others. A request whose
// outcome is unknown is repeated with its Idempotency-Key, and takes effect once. Afterwards all
// processes recover, and streams resume.
func TestRequestsAreRefusedWhilePostgresIsFrozen(t *testing.T) {
	const refusedWithin, recoveryTimeout = 8 * time.Second, time.Minute
	s := newStack(t, quickModel)
	l := s.startContinuousLoad()
	time.Sleep(l.randomDuration(500*time.Millisecond, time.Second))
	s.postgresProxy.Freeze()
	slowest := s.checkRefused(l.rooms[0], time.Duration(times(40, 15))*time.Second)
	if slowest > refusedWithin {
		t.Errorf("a request was refused after %s, want at most %s", slowest, refusedWithin)
	}
	s.postgresProxy.Thaw()
	began := time.Now()
	for _, p := range l.processes {
		p.Ready(recoveryTimeout - time.Since(began))
	}
	ready := time.Since(began)
	l.stop()
	l.sendText(0, repeatedText)
	l.checkOnlyUnavailable()
	took := l.checkAnswered(60 * time.Second)
	t.Logf("Postgres frozen: requests refused after at most %s, all processes ready %s after its return, "+
		"last answer %s after the last send; failed requests %v; %+v",
		slowest.Round(time.Millisecond), ready.Round(time.Millisecond), took.Round(time.Millisecond),
		l.failures, l.count())
}

// Data to and from Postgres is delayed by 200 ms. No request fails, no message is lost, and
// the model is called once for each.
func TestSlowPostgresConnectionsLoseNothing(t *testing.T) {
	s := newStack(t, quickModel)
	api := s.start("api")
	s.start("worker")
	l := s.newLoad(api, 100)
	s.postgresProxy.Delay(200 * time.Millisecond)
	defer s.postgresProxy.Delay(0)
	began := time.Now()
	l.send(times(500, 32))
	sent := time.Since(began)
	took := l.checkAnswered(60 * time.Second)
	if l.countFailures() > 0 {
		t.Errorf("failed requests %v, want none", l.failures)
	}
	if sent < 400*time.Millisecond {
		t.Errorf("all messages were sent in %s, want at least 400 ms because of the delay", sent)
	}
	l.checkModelCalledOnce()
	t.Logf("%d messages from %d concurrent senders in %s, last answer %s after the last send",
		l.sent.Load(), concurrentSenders, sent.Round(time.Millisecond), took.Round(time.Millisecond))
}
