package postgres_test

import (
	"io/fs"
	"sync"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/migrations"
)

func TestManyMigrateAtOnce(t *testing.T) {
	s := newSchema(t)
	errs := make([]error, 8)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = postgres.Migrate(t.Context(), s.url) })
	}
	all.Wait()
	for _, err := range errs {
		s.ok(err)
	}
	files, err := fs.Glob(migrations.FS, "*.sql")
	s.ok(err)
	applied := one[int](s, `SELECT count(*) FROM goose_db_version WHERE is_applied AND version_id > 0`)
	if applied != len(files) || applied == 0 {
		t.Errorf("%d versions applied, %d files", applied, len(files))
	}
	if n := one[int](s, `SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename IN ('users', 'messages', 'events')`); n != 3 {
		t.Errorf("%d of 3 tables there", n)
	}
}

func TestMigrateAgainChangesNothing(t *testing.T) {
	a := newSchema(t).talk()
	a.ok(postgres.Migrate(t.Context(), a.url))
	if n := one[int](a.schema, `SELECT count(*) FROM rooms`); n != 1 {
		t.Errorf("%d rooms, want the 1 that was there", n)
	}
}
