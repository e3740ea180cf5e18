package postgres_test

import (
	"context"
	"io/fs"
	"log/slog"
	"sync"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/migrations"
	"github.com/kuvaka-tech/parley/ports"
)

func TestConcurrentMigrations(t *testing.T) {
	s := newSchema(t)
	errs := make([]error, 8)
	var running sync.WaitGroup
	for i := range errs {
		running.Go(func() { errs[i] = postgres.Migrate(t.Context(), s.url, slog.New(slog.DiscardHandler)) })
	}
	running.Wait()
	for _, err := range errs {
		s.noError(err)
	}
	files, err := fs.Glob(migrations.FS, "*.sql")
	s.noError(err)
	applied := queryValue[int](s, `SELECT count(*) FROM goose_db_version WHERE is_applied AND version_id > 0`)
	if applied != len(files) || applied == 0 {
		t.Errorf("%d versions applied, want %d, one per file", applied, len(files))
	}
	tables := queryValue[int](s, `SELECT count(*) FROM pg_tables
		WHERE schemaname = current_schema() AND tablename IN ('users', 'messages', 'events')`)
	if tables != 3 {
		t.Errorf("%d of the tables users, messages and events exist, want 3", tables)
	}
}

func TestSecondMigrationChangesNothing(t *testing.T) {
	f := newFixture(t)
	f.noError(postgres.Migrate(t.Context(), f.url, slog.New(slog.DiscardHandler)))
	if n := queryValue[int](f.schema, `SELECT count(*) FROM rooms`); n != 1 {
		t.Errorf("%d rooms after a second migration, want 1", n)
	}
}

// A backup with pg_dump holds such a lock on all tables. Statements that need the table wait behind
// the migration, but each of its attempts is so short that none of them fails.
func TestAMigrationWaitsForABackupAndBlocksNothing(t *testing.T) {
	f := newFixture(t, "lock_timeout=2s")
	f.exec(`DELETE FROM goose_db_version WHERE version_id >= 10`) // the 10th one alters workers
	release := f.holdLocks(`LOCK TABLE workers IN ACCESS SHARE MODE`)
	migrated := make(chan error, 1)
	waits := make(chan struct{}, 9)
	log := slog.New(notifyingHandler{slog.DiscardHandler, waits})
	go func() { migrated <- postgres.Migrate(t.Context(), f.url, log) }()
	for range 2 { // attempts that have failed
		for waiting := true; waiting; {
			f.noError(f.Workers.Heartbeat(t.Context(), ports.Heartbeat{Worker: string(f.newID()), Until: noon}))
			select {
			case <-waits:
				waiting = false
			default:
			}
		}
	}
	release()
	f.noError(<-migrated)
	if n := queryValue[int](f.schema, `SELECT count(*) FROM goose_db_version WHERE version_id = 10`); n != 1 {
		t.Errorf("the migration was applied %d times after the end of the backup, want once", n)
	}
}

// notifyingHandler sends a notice for each record.
type notifyingHandler struct {
	slog.Handler
	notices chan<- struct{}
}

func (notifyingHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h notifyingHandler) Handle(context.Context, slog.Record) error {
	h.notices <- struct{}{}
	return nil
}

// Each change of an unfinished reply writes an entry in each of its indexes.
func TestMigrationsDropTheIndexesOfEarlierClaims(t *testing.T) {
	s := newSchema(t)
	s.open()
	for _, name := range []string{"messages_waiting", "messages_head", "messages_running", "messages_aside"} {
		if queryValue[bool](s, `SELECT to_regclass($1) IS NOT NULL`, name) {
			t.Errorf("the index %s exists, but no statement uses it", name)
		}
	}
}
