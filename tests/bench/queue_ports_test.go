//go:build linux

package bench

import (
	"crypto/rand"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/plan"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	callers  = 16 // goroutines that use the queue concurrently
	longTime = 10 * time.Minute
)

// queue is the job queue of a database, without processes. All its rooms were inserted by addRooms
// or populate.
type queue struct {
	*stack
	database string
	users    int // room n belongs to user (n - 1) % users + 1
	messages ports.Messages
	replies  ports.ReplyQueue
}

// open opens a database in which each room has its own user.
func (s *stack) open(database string) *queue {
	s.Helper()
	db, err := postgres.Open(s.Context(), s.postgres.URL(database))
	if err != nil {
		s.Fatalf("open the database %s: %v", database, err)
	}
	s.Cleanup(func() { _ = db.Close() })
	return &queue{
		stack:    s,
		database: database,
		users:    math.MaxInt,
		messages: postgres.Messages{DB: db},
		replies:  postgres.ReplyQueue{DB: db},
	}
}

// openEmpty opens a new database with a number of users, who have a number of rooms each.
func (s *stack) openEmpty(database string, users, rooms int) *queue {
	s.Helper()
	q := s.open(s.counted(database))
	q.users = users
	s.populate(database, users)
	s.postgres.Exec(database, fmt.Sprintf("INSERT INTO rooms (id, owner, name, created, updated)"+
		" SELECT %s, %s, 'Room', now(), now() FROM generate_series(%d, %d) n",
		uuidSQL(roomKind, "n"), uuidSQL(userKind, fmt.Sprintf("(n - 1) %% %d + 1", users)), users+1, users*rooms))
	s.postgres.Exec(database, "VACUUM ANALYZE rooms")
	return q
}

// accept accepts a message in room n.
func (q *queue) accept(n int) {
	now := time.Now().UTC()
	terms := plan.Terms{Limit: 1_000_000_000}
	_, err := q.messages.Accept(q.Context(), chat.Draft{
		Ask: chat.Ask{
			Room:  uuid(roomKind, n),
			User:  uuid(userKind, (n-1)%q.users+1),
			Now:   now,
			Basic: terms,
			Pro:   terms,
		},
		Prompt: q.newID(now),
		Reply:  q.newID(now),
		Text:   strings.Repeat("x", 100),
	})
	if err != nil {
		q.Errorf("accept a message: %v", err)
	}
}

func (q *queue) newID(now time.Time) id.ID {
	newID, err := id.New(now, rand.Reader)
	if err != nil {
		q.Errorf("create an id: %v", err)
	}
	return newID
}

// tryClaim claims up to n replies.
func (q *queue) tryClaim(n int) ([]reply.Task, error) {
	return q.replies.Claim(q.Context(), time.Now().UTC(), longTime, n, perUser)
}

// claim is tryClaim, but an error fails the test.
func (q *queue) claim(n int) []reply.Task {
	tasks, err := q.tryClaim(n)
	if err != nil {
		q.Errorf("claim: %v", err)
	}
	return tasks
}

// finish writes the answers of tasks.
func (q *queue) finish(tasks ...reply.Task) {
	done := reply.Outcome{Status: chat.Done, Content: strings.Repeat("y", 300)}
	for _, t := range tasks {
		if _, err := q.replies.Finish(q.Context(), t.Reply, t.Fence, done, time.Now().UTC()); err != nil {
			q.Errorf("finish: %v", err)
		}
	}
}

// together calls f in a number of goroutines until it returns false, the time is over or the test
// has failed.
func (q *queue) together(within time.Duration, f func() bool) {
	end := time.Now().Add(within)
	var running sync.WaitGroup
	for range callers {
		running.Go(func() {
			for more := true; more && time.Now().Before(end) && !q.Failed(); {
				more = f()
			}
		})
	}
	running.Wait()
	if q.Failed() {
		q.FailNow()
	}
}

// timed returns how long f takes.
func timed(f func()) time.Duration {
	began := time.Now()
	f()
	return time.Since(began)
}
