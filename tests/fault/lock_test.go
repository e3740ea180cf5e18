//go:build linux

package fault

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// lock holds a room's row, so that whoever writes to the room is caught in the
// middle of it: its statement has arrived and is not committed.
type lock struct {
	*stack
	conn *pgx.Conn
	pid  uint32
}

// lock is released with the test at the latest.
func (s *stack) lock(room string) *lock {
	s.Helper()
	conn := s.dial()
	l := &lock{s, conn, conn.PgConn().PID()}
	s.Cleanup(l.release)
	for _, statement := range []string{"BEGIN", "SELECT FROM rooms WHERE id = '" + room + "' FOR UPDATE"} {
		if _, err := conn.Exec(context.Background(), statement); err != nil {
			s.Fatalf("locking a room: %v", err)
		}
	}
	return l
}

// dial connects to the database past the proxy.
func (s *stack) dial() *pgx.Conn {
	s.Helper()
	conn, err := pgx.Connect(context.Background(), s.postgres.URL("parley"))
	if err != nil {
		s.Fatalf("connecting to Postgres: %v", err)
	}
	return conn
}

const waiting = " FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))"

// caught returns when a statement waits for the lock.
func (l *lock) caught() {
	l.Helper()
	rig.Eventually(l, 10*time.Second, "a statement waits for the lock", l.waits)
}

func (l *lock) waits() bool { return l.postgres.Count("parley", "SELECT count(*)"+waiting, l.pid) > 0 }

// undo ends the statements that wait, which have done nothing then.
func (l *lock) undo() {
	l.Helper()
	l.postgres.Exec("parley", "SELECT pg_terminate_backend(pid)"+waiting, l.pid)
	rig.Eventually(l, 10*time.Second, "no statement waits for the lock", func() bool { return !l.waits() })
}

// release lets the statements that wait go on, also when those who sent them are dead.
func (l *lock) release() { _ = l.conn.Close(context.Background()) }
