//go:build linux

package fault

import (
	"fmt"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// wakeupQueue is the queue of wake-ups of a stack.
type wakeupQueue interface {
	count() int // the number of entries; workers delete entries that they have handled
	read() int  // how many entries workers have read since the queue was created, or 0
	lose()      // deletes the queue and all entries
}

// checkWakeupsResume sends messages until a worker has read a wake-up, and returns how long
// that took. It fails the test after the time within.
func (l *load) checkWakeupsResume(within time.Duration) time.Duration {
	l.Helper()
	before := l.wakeups.read()
	return rig.Eventually(l, within, "workers read wake-ups from the stream", func() bool {
		l.send(1)
		return l.wakeups.read() > before
	})
}

// maxWakeupLatency is less than most replies take that a sweep finds, which runs once a second.
const maxWakeupLatency = 400 * time.Millisecond

// checkWakeupLatency sends n messages, each after the answer to the one before, and returns the
// 90th percentile of the times until the answer. It fails the test unless workers read every
// wake-up and the percentile is below maxWakeupLatency. A busy machine gets three attempts.
func (l *load) checkWakeupLatency(n int) (percentile time.Duration) {
	l.Helper()
	for range 3 {
		percentile = l.measureWakeupLatency(n)
		if percentile <= maxWakeupLatency {
			return percentile
		}
	}
	l.Errorf("9 of 10 answers took at most %s, want at most %s", percentile, maxWakeupLatency)
	return percentile
}

func (l *load) measureWakeupLatency(n int) time.Duration {
	l.Helper()
	before := l.wakeups.read()
	took := make([]time.Duration, n)
	for i := range took {
		began := time.Now()
		l.sendAndWait(l.rooms[i%len(l.rooms)], fmt.Sprintf("wake-up %d, seed %d", l.sent.Add(1), *seed))
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	if got := l.wakeups.read() - before; got < n {
		l.Errorf("workers read %d wake-ups, want %d", got, n)
	}
	return took[n*9/10]
}

// sendAndWait sends a message once and waits for its answer.
func (l *load) sendAndWait(r room, text string) {
	l.Helper()
	path := r.Send(r.id, text, "Idempotency-Key", text)
	l.recordAccepted(text)
	if res := r.Wait(path); res.Field("content") != rig.Answer(text) {
		l.Errorf("reply to %q = %s, want the content %q", text, res.Body, rig.Answer(text))
	}
}
