//go:build linux

package fault

import (
	"context"
	"fmt"
	"slices"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// stream is the Redis Stream of wake-ups.
const stream = "parley:replies"

// countWakeups returns the number of entries in the stream. Workers delete entries that they
// have handled.
func (s *stack) countWakeups() int {
	s.Helper()
	rdb := s.redis.Client()
	defer rdb.Close()
	n, err := rdb.XLen(context.Background(), stream).Result()
	if err != nil {
		s.Fatalf("read the length of the stream: %v", err)
	}
	return int(n)
}

// wakeupsRead returns how many entries the workers' consumer group has ever read. It returns 0
// while the group does not exist.
func (s *stack) wakeupsRead() int {
	rdb := s.redis.Client()
	defer rdb.Close()
	groups, err := rdb.XInfoGroups(context.Background(), stream).Result()
	i := slices.IndexFunc(groups, func(g goredis.XInfoGroup) bool { return g.Name == "workers" })
	if err != nil || i < 0 {
		return 0
	}
	return int(groups[i].EntriesRead)
}

// checkWakeupsResume sends messages until a worker has read a wake-up, and returns how long
// that took. It fails the test after the time within.
func (l *load) checkWakeupsResume(within time.Duration) time.Duration {
	l.Helper()
	before := l.wakeupsRead()
	return rig.Eventually(l, within, "workers read wake-ups from the stream", func() bool {
		l.send(1)
		return l.wakeupsRead() > before
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
	before := l.wakeupsRead()
	took := make([]time.Duration, n)
	for i := range took {
		began := time.Now()
		l.sendAndWait(l.rooms[i%len(l.rooms)], fmt.Sprintf("wake-up %d, seed %d", l.sent.Add(1), *seed))
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	if got := l.wakeupsRead() - before; got < n {
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
