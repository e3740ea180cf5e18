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

// migrationLockAttempts is how many times a process tries to get the migration lock
// while another process migrates. It tries once a second.
const migrationLockAttempts = 600

// Migrate migrates the database of a URL to the newest version of the schema. Any
// number of processes may call it concurrently: one of them migrates, and the others
// wait for up to 10 minutes.
//
// Each migration runs in one transaction unless its file says otherwise. A migration
// fails when it waits for a table lock for longer than the lock_timeout in settings,
// because all later statements on the table wait behind it.
func Migrate(ctx context.Context, rawURL string) (err error) {
	poolConfig, err := parseURL(rawURL)
	if err != nil {
		return err
	}
	config := poolConfig.ConnConfig
	config.RuntimeParams["statement_timeout"] = "0" // building an index may take long
	db := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, db.Close()) }()
	locker, err := lock.NewPostgresSessionLocker(
		lock.WithLockID(migrationLock(config)),
		lock.WithLockTimeout(1, migrationLockAttempts),
	)
	if err != nil {
		return fmt.Errorf("creating the migration lock: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS,
		goose.WithSessionLocker(locker),
		goose.WithDisableGlobalRegistry(true),
	)
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	_, err = provider.Up(ctx)
	return wrap("migrating the database", err)
}

// migrationLock returns the id of an advisory lock. Each schema has its own, because a
// database may contain several.
func migrationLock(config *pgx.ConnConfig) int64 {
	return int64(crc32.ChecksumIEEE([]byte("parley migrations " + config.RuntimeParams["search_path"])))
}
