// Package sim runs the whole product through simulated days: many users act at
// random against a program whose every port fails at random, whose processes die
// at any port call and start again on the same stores, and whose clock runs in a
// testing/synctest bubble. After each day the invariants must hold.
//
//	go test ./tests/sim                        a few seeds
//	go test ./tests/sim -seeds 10000           as many as one likes
//	go test ./tests/sim -from 4711 -seeds 1    that one again
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
	seeds = flag.Uint64("seeds", 20, "how many days to simulate")
	from  = flag.Uint64("from", 1, "the first seed")
	// A seed fixes scripts and faults, but not the order in which the runtime runs goroutines.
	replays = flag.Int("replays", 100, "how often a failing seed is run again")
)

func TestDays(t *testing.T) {
	var next, failed atomic.Uint64
	next.Store(*from)
	start := time.Now()
	var total tally
	var mu sync.Mutex
	t.Run("seeds", func(t *testing.T) {
		for range runtime.GOMAXPROCS(0) {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for seed := next.Add(1) - 1; seed < *from+*seeds && failed.Load() == 0; seed = next.Add(1) - 1 {
					w := day(t, seed)
					if w.violated() {
						failed.Add(1)
						t.Error(w.report())
						t.Log(again(t, seed))
					}
					mu.Lock()
					total.add(w.tally)
					mu.Unlock()
				}
			})
		}
	})
	t.Logf("%d days in %s: %s", *seeds, time.Since(start).Round(time.Millisecond), total)
	if *seeds >= 20 && !t.Failed() && !total.lively() {
		t.Errorf("the days were too quiet to prove anything: %s", total)
	}
}

// day simulates one day and returns the world as it was left.
func day(t *testing.T, seed uint64) *world {
	var w *world
	synctest.Test(t, func(t *testing.T) {
		w = newWorld(t, seed)
		w.run()
	})
	return w
}

// again tells how often a failing seed fails.
func again(t *testing.T, seed uint64) string {
	failed, runs, start := 0, 0, time.Now()
	for ; runs < *replays && time.Since(start) < 20*time.Second; runs++ {
		if day(t, seed).violated() {
			failed++
		}
	}
	return fmt.Sprintf("seed %d run again: %d of %d runs fail", seed, failed, runs)
}

// tally counts what happened, so that a simulation in which nothing does is noticed.
type tally struct{ sent, accepted, refused, repeated, deleted, upgraded, answered, failed, faults, deaths int }

func (a *tally) add(b tally) {
	a.sent, a.accepted, a.refused, a.repeated = a.sent+b.sent, a.accepted+b.accepted, a.refused+b.refused, a.repeated+b.repeated
	a.deleted, a.upgraded, a.answered, a.failed = a.deleted+b.deleted, a.upgraded+b.upgraded, a.answered+b.answered, a.failed+b.failed
	a.faults, a.deaths = a.faults+b.faults, a.deaths+b.deaths
}

func (a tally) lively() bool {
	return a.accepted > 0 && a.refused > 0 && a.repeated > 0 && a.deleted > 0 && a.upgraded > 0 && a.answered > 0 && a.failed > 0 && a.faults > 0 && a.deaths > 0
}

func (a tally) String() string {
	return fmt.Sprintf("%d sends, %d accepted, %d over the quota, %d repeated keys, %d rooms deleted, %d upgrades, %d answered, %d failed, %d faults, %d deaths",
		a.sent, a.accepted, a.refused, a.repeated, a.deleted, a.upgraded, a.answered, a.failed, a.faults, a.deaths)
}

func (w *world) violated() bool { return len(w.violations) > 0 }

func (w *world) report() string {
	return fmt.Sprintf("seed %d breaks:\n  %s\nthe last port calls:\n%s", w.seed, strings.Join(w.violations, "\n  "), strings.Join(w.trace, "\n"))
}
