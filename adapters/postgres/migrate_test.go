package postgres_test

import (
	"io/fs"
	"sync"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/migrations"
)

func TestConcurrentMigrations(t *testing.T) {
	s := newSchema(t)
	errs := make([]error, 8)
	var running sync.WaitGroup
	for i := range errs {
		running.Go(func() { errs[i] = postgres.Migrate(t.Context(), s.url) })
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
	f.noError(postgres.Migrate(t.Context(), f.url))
	if n := queryValue[int](f.schema, `SELECT count(*) FROM rooms`); n != 1 {
		t.Errorf("%d rooms after a second migration, want 1", n)
	}
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
