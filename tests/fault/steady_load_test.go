//go:build linux

package fault

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// sendStats are the results of sendSteadily.
type sendStats struct {
	Sends    int
	Failures int           // responses other than 202
	Median   time.Duration // of the times until a message was accepted
	Max      time.Duration
}

// String returns the results in words, for the log.
func (s sendStats) String() string {
	return fmt.Sprintf("%d sends with %d failed requests, accepted within %s (median) and %s (maximum)",
		s.Sends, s.Failures, s.Median.Round(time.Microsecond), s.Max.Round(time.Millisecond))
}

// sendSteadily sends 160 messages a second for the time d. It fails the test unless each is
// accepted by its first request, within maxTime.
func (l *load) sendSteadily(d, maxTime time.Duration) sendStats {
	l.Helper()
	var senders sync.WaitGroup
	var mu sync.Mutex
	var took []time.Duration
	for until := time.Now().Add(d); time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		for range concurrentSenders {
			senders.Go(func() {
				began := time.Now()
				l.sendNumbered(l.sent.Add(1))
				mu.Lock()
				defer mu.Unlock()
				took = append(took, time.Since(began))
			})
		}
	}
	senders.Wait()
	slices.Sort(took)
	s := sendStats{
		Sends:    len(took),
		Failures: l.countFailures(),
		Median:   took[len(took)/2],
		Max:      took[len(took)-1],
	}
	if s.Failures > 0 || s.Max > maxTime {
		l.Errorf("%s; want no failed request and at most %s; failed requests %v", s, maxTime, l.failures)
	}
	return s
}
