//go:build linux

package bench

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
)

// The difference between the users with the most and with the fewest claims when half of all
// replies are claimed. The users have queued the same number of replies, one user after the other.
// 16 callers claim and finish one reply at a time through the port.
//
//	go test ./tests/bench -v -rounds 5 -run TestFairness
func TestFairness(t *testing.T) {
	for _, c := range []struct{ users, rooms, each int }{
		{users: 40, rooms: 5, each: 10},
		{users: 4, rooms: 25, each: 20},
	} {
		t.Run(fmt.Sprint(c.users, " users"), func(t *testing.T) {
			s := newQueueStack(t)
			q := s.openEmpty("parley", c.users, c.rooms)
			var spreads, percents series
			half := c.users * c.rooms * c.each / 2
			for range *rounds {
				q.queueInTurn(c.rooms, c.each)
				difference := q.differenceAfter(half)
				spreads = append(spreads, difference)
				percents = append(percents, 100*difference*float64(c.users)/float64(half))
				q.drain()
			}
			t.Logf("%d users with %d queued each: the claims of a user differ by %s of %d on average (%s %%)",
				c.users, c.rooms*c.each, spreads, half/c.users, percents)
		})
	}
}

// queueInTurn queues the replies of each user, one user after the other.
func (q *queue) queueInTurn(rooms, each int) {
	q.Helper()
	for u := range q.users {
		q.concurrently(rooms, func(r int) {
			for range each {
				q.accept(r*q.users + u + 1)
			}
		})
	}
}

// differenceAfter claims and finishes half of all replies and returns the difference between the
// users with the most and with the fewest claims.
func (q *queue) differenceAfter(half int) float64 {
	q.Helper()
	var mu sync.Mutex
	total, claimed := 0, map[id.ID]int{}
	q.together(30*time.Second, func() bool {
		tasks := q.claim(1)
		mu.Lock()
		for _, t := range tasks {
			total++
			if total <= half {
				claimed[t.User]++
			}
		}
		more := total < half
		mu.Unlock()
		q.finish(tasks...)
		return more
	})
	if total < half {
		q.Logf("only %d of %d replies were claimed in time", total, half)
	}
	counts := make([]int, 0, q.users)
	for n := range q.users {
		counts = append(counts, claimed[uuid(userKind, n+1)])
	}
	return float64(slices.Max(counts) - slices.Min(counts))
}

// drain claims and finishes until nothing is queued, but not for ever.
func (q *queue) drain() {
	q.Helper()
	unfinished := q.postgres.Counter(q.database, unfinished)
	for end := time.Now().Add(time.Minute); unfinished() > 0 && time.Now().Before(end); {
		q.together(time.Second, func() bool {
			tasks := q.claim(8)
			q.finish(tasks...)
			return len(tasks) > 0
		})
	}
}
