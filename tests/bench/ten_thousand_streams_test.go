//go:build linux

package bench

import (
	"fmt"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// 10,000 clients watch a room each, on one API process. It measures the memory of the process
// for each client (PSS, with what the process keeps of the 10,000 users) and its CPU time while
// nothing happens. Then it measures the time from a token of the model to the delta at the
// client, at 1,000 tokens a second in total. 64 answers are running, each in another room. A
// token needs a worker, the live log and the API process on its way. Wanted: 30 KB and a 99th
// percentile of 250 ms. The test fails when a client misses a delta or the end of an answer.
//
//	go test ./tests/bench -v -rounds 1 -duration 60s -run TenThousand
func TestTenThousandStreams(t *testing.T) {
	const running, words, wanted = 64, 24, 10_000
	n := min(wanted, maxOpenFiles(t)-1000)
	onEachStore(t, n, func(s *streams) {
		watchers := s.watchAll()
		for _, w := range watchers {
			go func() { s.checkEnd(w.watch()) }()
		}
		s.Logf("%d streams are open: %s; idle: %s",
			s.api.Metric("parley_event_streams"), s.memory(n), s.idleCPU(10*time.Second))
		began := time.Now()
		s.askInTurn(watchers, running, words)
		took := time.Since(began)
		_, all := timesOf(watchers)
		s.Logf("%.0f tokens a second: %s; %s", float64(len(all))/took.Seconds(), spread(all), s.memory(n))
	})
}

// maxOpenFiles returns how many files and sockets a process may have open. The Go runtime
// has raised the limit as far as it is allowed to, here and in Parley.
func maxOpenFiles(t *testing.T) int {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatalf("read the limit of open files: %v", err)
	}
	return int(min(limit.Max, 1<<20))
}

// askInTurn asks in one room after the other for the duration of a measurement. A number of
// answers are running all the time.
func (s *streams) askInTurn(watchers []*watcher, running, words int) {
	s.Helper()
	next := make(chan int)
	var asking sync.WaitGroup
	for i := range running {
		asking.Go(func() {
			time.Sleep(time.Duration(i*words) * partEvery / time.Duration(running)) // spreads the first tokens
			for n := range next {
				s.ask(watchers[n%len(watchers)], promptOf(words, n))
			}
		})
	}
	end := time.Now().Add(*duration)
	for n := 0; time.Now().Before(end) && !s.Failed(); n++ {
		next <- n
	}
	close(next)
	asking.Wait()
}

// memory describes the memory of the API process.
func (s *streams) memory(clients int) string {
	s.Helper()
	now := pss(s, s.api)
	perClient := (now - s.fresh) * 1000 / float64(clients)
	free := s.api.Metric("go_memstats_heap_idle_bytes") - s.api.Metric("go_memstats_heap_released_bytes")
	return fmt.Sprintf("PSS %.1f MB, %.1f KB a client, of which %.1f KB are free in the Go runtime",
		now, perClient, float64(free)/1000/float64(clients))
}

// idleCPU describes how much CPU time the API process uses in a time.
func (s *streams) idleCPU(in time.Duration) string {
	s.Helper()
	share := shareOfCore(in, func() time.Duration { return cpuTime(s, s.api.PID()) })
	return fmt.Sprintf("%.1f %% of one of %d cores", share, runtime.NumCPU())
}
