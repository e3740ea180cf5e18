package postgres

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/kuvaka-tech/parley/migrations"
)

// migrateWithin is how many seconds one process waits for another that migrates.
const migrateWithin = 600

// Migrate brings the schema that the URL leads to up to the newest version. Any
// number of processes may do so at once: one works, the others wait. A version
// is applied whole or not at all; one that waits 5 s for a lock fails, rather
// than hold up all who wait behind it.
func Migrate(ctx context.Context, url string) (err error) {
	pool, err := read(url)
	if err != nil {
		return err
	}
	config := pool.ConnConfig
	config.RuntimeParams["statement_timeout"] = "0" // a new index takes as long as it takes
	db := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, db.Close()) }()
	turn, err := lock.NewPostgresSessionLocker(lock.WithLockID(lockOf(config)), lock.WithLockTimeout(1, migrateWithin))
	if err != nil {
		return fmt.Errorf("making the migrations' lock: %w", err)
	}
	versions, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS, goose.WithSessionLocker(turn), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	_, err = versions.Up(ctx)
	return failed("migrating the database", err)
}

// lockOf is the advisory lock of the schema that is migrated, of which one database may have several.
func lockOf(config *pgx.ConnConfig) int64 {
	return int64(crc32.ChecksumIEEE([]byte("parley migrations " + config.RuntimeParams["search_path"])))
}
