//go:build linux

package bench

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// fleetCosts are the results of a measurement.
type fleetCosts struct {
	idle  fleetCPU // in percent of a core
	loads []loadCosts
}

// loadCosts are the costs of a load.
type loadCosts struct {
	cpu       fleetCPU // of a message, in ms
	perSecond float64  // messages
	locks     lockWaits
}

// fleetCPU is a CPU time: of all processes of Parley, of Postgres and of Redis.
type fleetCPU struct{ parley, postgres, redis float64 }

func (c fleetCPU) sum() float64 { return c.parley + c.postgres + c.redis }

func (c fleetCPU) minus(other fleetCPU) fleetCPU {
	return fleetCPU{c.parley - other.parley, c.postgres - other.postgres, c.redis - other.redis}
}

func (c fleetCPU) times(n float64) fleetCPU {
	return fleetCPU{c.parley * n, c.postgres * n, c.redis * n}
}

// cpu returns the CPU time so far in seconds.
func (f *fleet) cpu() fleetCPU {
	f.Helper()
	var parley time.Duration
	for _, p := range f.processes {
		parley += cpuTime(f, p.PID())
	}
	return fleetCPU{
		parley:   parley.Seconds(),
		postgres: cpuTimeWithChildren(f, f.postgres.PID()).Seconds(),
		redis:    cpuTime(f, f.redis.PID()).Seconds(),
	}
}

// used returns the CPU time in seconds that is used while a function runs, and how long it runs.
func (f *fleet) used(while func()) (cpu fleetCPU, took time.Duration) {
	f.Helper()
	before := f.cpu()
	took = timed(while)
	return f.cpu().minus(before), took
}

const (
	// sampleEvery is the time between two samples of locks. A sample costs Postgres CPU time.
	sampleEvery = 50 * time.Millisecond

	// waitingBackends returns the number of busy backends, and the locks for which some of them wait,
	// with the start of their statements.
	waitingBackends = `SELECT count(*), coalesce(array_agg(format('%s in "%s"', wait_event,
			left(btrim(regexp_replace(query, '\s+', ' ', 'g')), 60))) FILTER (WHERE wait_event_type = 'Lock'), '{}')
		FROM pg_stat_activity WHERE datname = 'parley' AND state = 'active' AND pid <> pg_backend_pid()`
)

// lockWaits are the sums of samples of the backends of Postgres.
type lockWaits struct {
	samples int
	busy    int      // backends that executed a statement or waited in it
	locks   []string // for which one of them waited
}

func (w *lockWaits) add(other lockWaits) {
	w.samples += other.samples
	w.busy += other.busy
	w.locks = append(w.locks, other.locks...)
}

// sumOfLocks returns the sums of the nth load of some measurements.
func sumOfLocks(measurements []fleetCosts, n int) (sums lockWaits) {
	for _, m := range measurements {
		sums.add(m.loads[n].locks)
	}
	return sums
}

// String returns the share of the busy backends that waited, and how many waited for each kind of lock.
func (w lockWaits) String() string {
	counts := map[string]int{}
	for _, lock := range w.locks {
		counts[lock]++
	}
	share := 100 * float64(len(w.locks)) / float64(max(w.busy, 1))
	text := fmt.Sprintf("%d of %d busy ones in %d samples, %.2g %%", len(w.locks), w.busy, w.samples, share)
	for _, lock := range slices.Sorted(maps.Keys(counts)) {
		text += fmt.Sprintf("; %d for %s", counts[lock], lock)
	}
	return text
}

// sampleLocks samples the backends until the returned function is called, which returns the sums.
func (f *fleet) sampleLocks() (stop func() lockWaits) {
	f.Helper()
	conn := f.connect("parley")
	stopped, result := make(chan struct{}), make(chan lockWaits)
	go func() {
		var sums lockWaits
		defer func() { result <- sums }()
		for {
			select {
			case <-stopped:
				return
			case <-time.After(sampleEvery):
			}
			sample := lockWaits{samples: 1}
			err := conn.QueryRow(f.Context(), waitingBackends).Scan(&sample.busy, &sample.locks)
			if err != nil {
				f.Errorf("sample the backends: %v", err)
				return
			}
			sums.add(sample)
		}
	}()
	return func() lockWaits {
		close(stopped)
		defer func() { _ = conn.Close(context.Background()) }()
		return <-result
	}
}
