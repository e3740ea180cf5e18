//go:build linux

package bench

import (
	"context"
	"flag"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/kuvaka-tech/parley/tests/rig"
)

var stored = flag.Int("stored", 100_000, "messages in the tables before the measurements of the queue")

// perUser is how many replies may run for one user in the measurements of the queue.
const perUser = 8

// newQueueStack returns a stack whose Postgres counts the calls, the times and the pages of each
// statement, with the extension pg_stat_statements.
func newQueueStack(t *testing.T) *stack {
	t.Helper()
	s := newMemoryStack(t)
	s.postgres = rig.NewPostgres(s, "synchronous_commit=on", "fsync=on",
		"shared_preload_libraries=pg_stat_statements")
	return s
}

// counted creates a database with the schema, whose statements are counted, and returns its name.
func (s *stack) counted(database string) string {
	s.Helper()
	s.postgres.Exec(s.migrated(database), "CREATE EXTENSION pg_stat_statements")
	return database
}

// store inserts the stored messages, and users with a room each: first the owners of the stored
// messages, then n users without messages. It returns the number of the first user without messages.
func (s *stack) store(database string, n int) (first int) {
	s.Helper()
	rooms := *stored / (2 * perRoom)
	s.populate(database, rooms+n)
	s.fill(database, rooms)
	return rooms + 1
}

// resetCounts forgets the statements of a database that were counted before.
func (s *stack) resetCounts(database string) {
	s.Helper()
	s.postgres.Exec(database, "SELECT pg_stat_statements_reset(0, oid) FROM pg_database"+
		" WHERE datname = current_database()")
}

// ofDatabase selects the counted statements of the database, except those of the measurements.
const ofDatabase = " FROM pg_stat_statements WHERE query !~ 'pg_stat_|pg_database'" +
	" AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"

// pages returns how many pages of 8 KiB the counted statements have read, from memory or from a file.
func (s *stack) pages(database string) int {
	s.Helper()
	return s.postgres.Count(database, "SELECT coalesce(sum(shared_blks_hit + shared_blks_read), 0)::bigint"+ofDatabase)
}

// slowest describes the three statements that took the most time in total.
func (s *stack) slowest(database string) []string {
	s.Helper()
	return s.texts(database, `SELECT format('%s calls, mean %s ms, maximum %s ms: %s', calls,
		round(mean_exec_time::numeric, 2), round(max_exec_time::numeric, 1),
		left(regexp_replace(query, '\s+', ' ', 'g'), 60))`+ofDatabase+` ORDER BY total_exec_time DESC LIMIT 3`)
}

// texts returns the rows of a query with one column.
func (s *stack) texts(database, query string) []string {
	s.Helper()
	conn := s.connect(database)
	defer conn.Close(context.Background())
	rows, err := conn.Query(s.Context(), query)
	if err != nil {
		s.Fatalf("query %s: %v", query, err)
	}
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		s.Fatalf("read the rows of %s: %v", query, err)
	}
	return texts
}

// connect returns a connection that the caller closes.
func (s *stack) connect(database string) *pgx.Conn {
	s.Helper()
	conn, err := pgx.Connect(s.Context(), s.postgres.URL(database))
	if err != nil {
		s.Fatalf("connect to Postgres: %v", err)
	}
	return conn
}
