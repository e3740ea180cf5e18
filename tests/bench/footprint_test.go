//go:build linux

package bench

import (
	"net/http"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/tests/rig"
)

const (
	memoryMessages = 5800 // that are sent before the memory is measured
	starts         = 10   // of each process
	idleTime       = 10 * time.Second
)

// The memory (PSS) of an API process and of a worker after they have answered messages to 1,000 rooms,
// which no other round uses. Wanted: at most 80 MB together.
//
//	go test ./tests/bench -v -rounds 5 -run Memory
func TestMemory(t *testing.T) {
	s := newMemoryStack(t)
	s.addDatabases()
	s.populate("parley", *rounds*users)
	var api, worker, both series
	for round := range *rounds {
		m := s.measureMemory(round * users)
		api, worker, both = append(api, m[0]), append(worker, m[1]), append(both, m[0]+m[1])
	}
	t.Logf("PSS after %d messages were sent and answered, median of %d rounds: api %s MB, worker %s MB, together %s MB",
		memoryMessages, *rounds, api, worker, both)
}

// measureMemory starts an API process and a worker, sends messages to the rooms after the nth one, and
// returns the memory of both processes in MB after the last answer.
func (s *stack) measureMemory(n int) (megabytes [2]float64) {
	s.Helper()
	api, worker := s.start("api"), s.start("worker")
	devices := system{url: api.URL(), tokens: s.tokens(n + users)}.devices()
	s.concurrently(memoryMessages, func(i int) { s.send(devices[n+i%users], n+i%users+1) })
	countUnfinished := s.postgres.Counter("parley", unfinished)
	rig.Eventually(s, 2*time.Minute, "all are answered", func() bool { return countUnfinished() == 0 })
	megabytes = [2]float64{pss(s, api), pss(s, worker)}
	api.Stop(stopTimeout)
	worker.Stop(stopTimeout)
	return megabytes
}

// The time from the start of a process until /readyz returns 200: of an API process on a Postgres that
// is migrated and on Redis, and of the program without either. Wanted: at most 100 ms.
//
//	go test ./tests/bench -v -rounds 1 -run StartTime
func TestStartTime(t *testing.T) {
	s := newMemoryStack(t)
	memory := s.startTimes("serve")
	s.addDatabases()
	t.Logf("until ready, median of %d starts: api on Postgres and Redis %s ms, parley on memory %s ms",
		starts, s.startTimes("api"), memory)
}

// startTimes starts a process again and again and returns how long it takes until it is ready, in ms.
func (s *stack) startTimes(role string) (took series) {
	s.Helper()
	p := s.start(role)
	for range starts {
		p.Stop(stopTimeout)
		began := time.Now()
		p.Start()
		for readiness(p) != http.StatusOK {
			if time.Since(began) > time.Minute {
				s.Fatalf("%s is not ready within a minute", p)
			}
			time.Sleep(time.Millisecond)
		}
		took = append(took, milliseconds(time.Since(began)))
	}
	return took
}

// The CPU time of an API process and of a worker on Postgres and Redis while nothing happens. Wanted:
// less than 1 % of a core each.
//
//	go test ./tests/bench -v -rounds 5 -run IdleCPU
func TestIdleCPU(t *testing.T) {
	s := newMemoryStack(t)
	s.addDatabases()
	api, worker := s.start("api"), s.start("worker")
	time.Sleep(2 * time.Second) // until the work of the start is done
	idle := func(p *rig.Parley) func() float64 {
		return func() float64 {
			return shareOfCore(idleTime, func() time.Duration { return cpuTime(s, p.PID()) })
		}
	}
	shares := inTurn(idle(api), idle(worker))
	t.Logf("CPU time when idle, median of %d times %s: api %s %% of a core, worker %s %%",
		*rounds, idleTime, series(shares[0]), series(shares[1]))
}
