// Package sim simulates days of the whole product. Random users act against a program
// whose ports fail at random. Its processes crash at any call of a port and restart on the
// same stores. Time is simulated by testing/synctest. After each day the invariants of
// truth_test.go must hold.
//
//	go test ./tests/sim                        simulates 20 days
//	go test ./tests/sim -seeds 10000           simulates more days
//	go test ./tests/sim -from 4711 -seeds 1    simulates one day again
//	go test ./tests/sim -mutants               proves that injected bugs are found
package sim

import (
	"flag"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var (
	seeds  = flag.Uint64("seeds", 20, "how many days to simulate")
	from   = flag.Uint64("from", 1, "the first seed")
	traced = flag.Int("calls", 300, "how many port calls and events a report has at least")
	// A seed fixes the users and the faults, but not the order in which the runtime schedules goroutines.
	replays = flag.Int("replays", 100, "how often a failing seed is repeated")
)

func TestDays(t *testing.T) {
	var next, failed atomic.Uint64
	next.Store(*from)
	start := time.Now()
	total := newTally()
	var mu sync.Mutex
	t.Run("seeds", func(t *testing.T) {
		for range runtime.GOMAXPROCS(0) {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for seed := next.Add(1) - 1; seed < *from+*seeds && failed.Load() == 0; seed = next.Add(1) - 1 {
					w := day(t, seed)
					if w.violated() {
						failed.Add(1)
						t.Errorf("an invariant is broken: %s", w.report())
						t.Log(replay(t, seed))
					}
					mu.Lock()
					total.add(w.tally)
					mu.Unlock()
				}
			})
		}
	})
	t.Logf("%d days in %s: %s", *seeds, time.Since(start).Round(time.Millisecond), total)
	if *seeds >= 20 && !t.Failed() && !total.complete() {
		t.Errorf("some kinds of events never happened, so the days prove nothing: %s", total)
	}
}

// day simulates one day and returns the world at its end.
func day(t *testing.T, seed uint64) *world {
	var w *world
	synctest.Test(t, func(t *testing.T) {
		w = newWorld(t, seed)
		w.run()
	})
	return w
}

// replay repeats a failing seed and returns how often it fails.
func replay(t *testing.T, seed uint64) string {
	failed, runs := 0, 0
	start := time.Now()
	for ; runs < *replays && time.Since(start) < 20*time.Second; runs++ {
		if day(t, seed).violated() {
			failed++
		}
	}
	return fmt.Sprintf("seed %d repeated: %d of %d runs fail", seed, failed, runs)
}

func (w *world) violated() bool { return len(w.violations) > 0 }

func (w *world) report() string {
	return fmt.Sprintf("seed %d breaks:\n  %s\nthe last port calls:\n%s",
		w.seed, strings.Join(w.violations, "\n  "), strings.Join(w.trace, "\n"))
}
