//go:build linux

package fault

import (
	"time"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// continuousLoad is an API process and two workers under a load that lasts until stop is called.
type continuousLoad struct {
	*load
	processes []*rig.Parley
	stop      func()
}

func (s *stack) startContinuousLoad() *continuousLoad {
	s.Helper()
	l := &continuousLoad{processes: []*rig.Parley{s.start("api"), s.start("worker"), s.start("worker")}}
	l.load = s.newLoad(l.processes[0], 100)
	l.stop = l.startSending()
	return l
}

// injectFaults calls inject n times. It fails the test unless each fault makes a request fail
// and all processes are ready 10 s later. It returns the times until they were ready.
func (l *continuousLoad) injectFaults(n int, inject func()) (recovered []time.Duration) {
	l.Helper()
	for range n {
		time.Sleep(l.randomDuration(100*time.Millisecond, 600*time.Millisecond))
		failures := l.countFailures()
		inject()
		began := time.Now()
		for _, p := range l.processes {
			p.Ready(10*time.Second - time.Since(began))
		}
		recovered = append(recovered, time.Since(began))
		if l.countFailures() == failures {
			l.Error("no request failed during the fault")
		}
	}
	return recovered
}

// checkOnlyUnavailable fails the test unless every failed request was answered with
// 503 unavailable and Retry-After.
func (l *load) checkOnlyUnavailable() {
	l.Helper()
	for kind := range l.failures {
		if kind != "503 unavailable, Retry-After 1" {
			l.Errorf("failed requests %v, want only 503 unavailable with Retry-After 1", l.failures)
			return
		}
	}
}
