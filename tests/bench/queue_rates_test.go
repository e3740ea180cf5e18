//go:build linux

package bench

import (
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/reply"
)

// ratesOf is the number of users in TestQueueRates. Each has one room.
const ratesOf = 300

// Accepts, claims and finishes a second, and all three in turn, by 16 callers through the ports.
// At most 300 replies of as many users are queued or running. To compare two commits, copy the files
// of this directory to a checkout of the other commit, run both several times in turn, and pair the
// lines.
//
//	go test ./tests/bench -v -rounds 10 -duration 5s -run TestQueueRates
func TestQueueRates(t *testing.T) {
	q := newQueueStack(t).openEmpty("parley", ratesOf, 1)
	q.batch() // prepares the statements of the connections
	q.postgres.Exec(q.database, "VACUUM ANALYZE")
	all := map[string]series{}
	for range *rounds {
		for what, rate := range q.rates() {
			all[what] = append(all[what], rate)
		}
	}
	for _, what := range []string{"accept", "claim", "finish", "all three"} {
		t.Logf("%s a second: %s; rounds %s", what, all[what], all[what].values())
	}
}

// values returns all values in their order.
func (s series) values() string {
	var values []string
	for _, v := range s {
		values = append(values, fmt.Sprintf("%.0f", v))
	}
	return strings.Join(values, " ")
}

// rates measures a round: batches of each operation, and then all operations in turn.
func (q *queue) rates() map[string]float64 {
	q.Helper()
	var accepts, claims, finishes rate
	for end := time.Now().Add(*duration); time.Now().Before(end); {
		accepted, claimed, finished := q.batch()
		accepts.add(accepted)
		claims.add(claimed)
		finishes.add(finished)
	}
	q.drain()
	together := q.rate(math.MaxInt, func(i int) bool {
		q.accept(i%ratesOf + 1)
		q.finish(q.claim(1)...)
		return true
	})
	q.drain()
	return map[string]float64{
		"accept":    accepts.perSecond(),
		"claim":     claims.perSecond(),
		"finish":    finishes.perSecond(),
		"all three": together.perSecond(),
	}
}

// batch accepts a message of each user, then claims the replies, then finishes them.
func (q *queue) batch() (accepts, claims, finishes rate) {
	q.Helper()
	tasks := make(chan reply.Task, 2*ratesOf)
	accepts = q.rate(ratesOf, func(i int) bool {
		q.accept(i + 1)
		return true
	})
	claims = q.rate(ratesOf, func(int) bool {
		got := q.claim(1)
		for _, t := range got {
			tasks <- t
		}
		return len(got) > 0
	})
	finishes = q.rate(len(tasks), func(int) bool {
		q.finish(<-tasks)
		return true
	})
	return accepts, claims, finishes
}

// rate is a number of calls and how long they took.
type rate struct {
	calls int
	took  time.Duration
}

func (r *rate) add(other rate) {
	r.calls += other.calls
	r.took += other.took
}

func (r *rate) perSecond() float64 { return float64(r.calls) / r.took.Seconds() }

// rate calls f with 0 to n-1, at most for the duration of a measurement. It counts the calls that
// return true.
func (q *queue) rate(n int, f func(i int) bool) (r rate) {
	q.Helper()
	var next, succeeded atomic.Int64
	r.took = timed(func() {
		q.together(*duration, func() bool {
			i := int(next.Add(1)) - 1
			if i < n && f(i) {
				succeeded.Add(1)
			}
			return i < n
		})
	})
	r.calls = int(succeeded.Load())
	return r
}
