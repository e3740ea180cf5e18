//go:build linux

package fault

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// roomLock is a lock on the row of a room. A statement that writes to the room arrives at
// Postgres and then waits for the lock, so that a test can kill its client before the commit.
type roomLock struct {
	*stack
	conn *pgx.Conn
	pid  uint32 // of the server process that holds the lock
}

// lockRoom locks a room until release is called or the test ends.
func (s *stack) lockRoom(id string) *roomLock {
	s.Helper()
	conn := s.connect()
	l := &roomLock{s, conn, conn.PgConn().PID()}
	s.Cleanup(l.release)
	for _, statement := range []string{"BEGIN", "SELECT FROM rooms WHERE id = '" + id + "' FOR UPDATE"} {
		if _, err := conn.Exec(context.Background(), statement); err != nil {
			s.Fatalf("lock room %s: %v", id, err)
		}
	}
	return l
}

// fromBlocked selects the server processes that wait for the process $1.
const fromBlocked = " FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))"

// waitBlocked waits until a statement waits for the lock.
func (l *roomLock) waitBlocked() {
	l.Helper()
	rig.Eventually(l, 10*time.Second, "a statement waits for the lock", l.isBlocking)
}

func (l *roomLock) isBlocking() bool { return l.queryInt("SELECT count(*)"+fromBlocked, l.pid) > 0 }

// rollBackBlocked terminates the connections whose statements wait for the lock. Postgres
// rolls the statements back.
func (l *roomLock) rollBackBlocked() {
	l.Helper()
	l.postgres.Exec(database, "SELECT pg_terminate_backend(pid)"+fromBlocked, l.pid)
	rig.Eventually(l, 10*time.Second, "no statement waits for the lock", func() bool { return !l.isBlocking() })
}

// release ends the lock. Statements that wait for it continue, even if their client was killed.
func (l *roomLock) release() { _ = l.conn.Close(context.Background()) }
