//go:build linux

package bench

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// The time from the first token of the model to the first delta at the client, while 100
// answers are running. Each answer has 40 words and takes 2 s. Wanted: a median of 20 ms.
//
//	go test ./tests/bench -v -rounds 1 -duration 30s -run FirstToken
func TestFirstToken(t *testing.T) {
	const running, words = 100, 40
	onEachStore(t, running, func(s *streams) {
		watchers := s.watchAll()
		for _, w := range watchers {
			go func() { s.checkEnd(w.watch()) }()
		}
		var asking sync.WaitGroup
		end := time.Now().Add(*duration)
		for i, w := range watchers {
			asking.Go(func() {
				time.Sleep(time.Duration(i) * words * partEvery / running) // spreads the first tokens
				for round := 0; time.Now().Before(end); round++ {
					s.ask(w, promptOf(words, round*running+i))
				}
			})
		}
		asking.Wait()
		first, all := timesOf(watchers)
		s.Logf("%d answers running: first token to first delta %s; all tokens %s", running, spread(first), spread(all))
	})
}

// timesOf returns the times of all watchers since the last call.
func timesOf(watchers []*watcher) (first, all []time.Duration) {
	for _, w := range watchers {
		f, a := w.takeTimes()
		first = append(first, f...)
		all = append(all, a...)
	}
	return first, all
}

// spread returns the quantiles of durations in words.
func spread(all []time.Duration) string {
	q := func(share float64) time.Duration { return quantile(all, share).Round(10 * time.Microsecond) }
	return fmt.Sprintf("median %s, 99th percentile %s, maximum %s of %d", q(.5), q(.99), q(1), len(all))
}
