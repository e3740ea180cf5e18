//go:build linux

package bench

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/reply"
)

const (
	deadOwners = 1000    // users with a backlog
	deadRooms  = 5       // rooms of each of them
	deadEach   = 4       // queued replies in each room
	deadGoal   = 200_000 // dead row versions in the tables that claims and finishes change
)

// Claims of one reply while an open transaction keeps Postgres from removing dead row versions.
// 1,000 users have 20 queued replies each all the time: each finished reply is followed by a new
// message in its room. It measures before there are dead versions, with them, and after the
// transaction has ended and VACUUM has removed them.
//
//	go test ./tests/bench -v -rounds 1 -run TestClaimWithDeadTuples -timeout 1h
func TestClaimWithDeadTuples(t *testing.T) {
	s := newQueueStack(t)
	q := s.openEmpty("parley", deadOwners, deadRooms)
	q.acceptAll(deadOwners*deadRooms, deadEach)
	q.turns(2*time.Second, func() bool { return true }) // prepares the statements of the connections
	s.postgres.Exec("parley", "VACUUM ANALYZE")
	before := q.claims("before")
	end := s.holdSnapshot("parley")
	took := timed(func() { q.turns(time.Minute, func() bool { return q.dead() < deadGoal }) })
	t.Logf("dead row versions after %s: %s", took.Round(time.Second), q.deadByTable())
	with := q.claims("with them")
	end()
	s.postgres.Exec("parley", "VACUUM")
	after := q.claims("after VACUUM")
	t.Logf("a claim of one reply with dead row versions: ratio %.2f; after VACUUM %.2f", with/before, after/before)
}

// acceptAll accepts a number of messages in each of the rooms.
func (q *queue) acceptAll(rooms, each int) {
	q.Helper()
	q.concurrently(rooms, func(i int) {
		for range each {
			q.accept(i + 1)
		}
	})
}

// turns claims replies, finishes them and accepts a message in the room of each, in several goroutines, while
// more is true. It asks more only every tenth of a second.
func (q *queue) turns(within time.Duration, more func() bool) {
	ctx, stop := context.WithTimeout(q.Context(), within)
	defer stop()
	go func() {
		for ctx.Err() == nil && more() {
			time.Sleep(100 * time.Millisecond)
		}
		stop()
	}()
	q.together(within, func() bool {
		for _, t := range q.claim(8) {
			q.turn(t)
		}
		return ctx.Err() == nil
	})
}

// turn finishes a reply and accepts a message in its room.
func (q *queue) turn(t reply.Task) {
	q.finish(t)
	q.accept(numberOf(t.Room))
}

// numberOf returns the number of a room.
func numberOf(room id.ID) (n int) {
	_, _ = fmt.Sscanf(string(room[24:]), "%x", &n)
	return n
}

// claims measures claims of one reply, one after the other, and returns the median in ms.
func (q *queue) claims(when string) float64 {
	q.Helper()
	var took []time.Duration
	pages := 0
	for range 300 {
		var got []reply.Task
		q.resetCounts(q.database)
		took = append(took, timed(func() { got = q.claim(1) }))
		pages += q.pages(q.database)
		for _, t := range got {
			q.turn(t)
		}
	}
	q.Logf("claims of one %s: %s; pages %.0f", when, spread(took), float64(pages)/float64(len(took)))
	return quantile(took, .5).Seconds() * 1000
}

// holdSnapshot opens a transaction with a snapshot, which is idle until end is called.
func (s *stack) holdSnapshot(database string) (end func()) {
	s.Helper()
	conn := s.connect(database)
	tx, err := conn.BeginTx(s.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	if err == nil {
		_, err = tx.Exec(s.Context(), "SELECT count(*) FROM users")
	}
	if err != nil {
		s.Fatalf("hold a snapshot: %v", err)
	}
	return func() {
		if err := conn.Close(context.Background()); err != nil {
			s.Errorf("end the transaction with the snapshot: %v", err)
		}
	}
}

// deadTables are the tables of the queue. The table sent has the quota, which claims do not read.
const deadTables = " FROM pg_stat_user_tables WHERE relname <> 'sent' AND n_dead_tup > 0"

// dead returns the number of dead row versions.
func (q *queue) dead() int {
	return q.postgres.Count(q.database, "SELECT coalesce(sum(n_dead_tup), 0)::bigint"+deadTables)
}

func (q *queue) deadByTable() string {
	q.Helper()
	return strings.Join(q.texts(q.database, "SELECT relname || ' ' || n_dead_tup"+deadTables+" ORDER BY 1"), ", ")
}
