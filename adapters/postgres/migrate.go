package postgres

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/kuvaka-tech/parley/migrations"
)

const (
	// migrationLockAttempts is how many times a process tries to get the migration lock
	// while another process migrates. It tries once a second.
	migrationLockAttempts = 600
	// migrationLockTimeout is how long a migration waits for the lock of a table. All later
	// statements on the table wait behind it. It is shorter than lockTimeout, so that none of them
	// fails.
	migrationLockTimeout = 500 * time.Millisecond
	// migrationPause is the time between two attempts, in which the statements run that waited.
	migrationPause = 2 * time.Second
	// maxMigrationAttempts limits the attempts at a migration whose table is locked, for example by
	// a backup.
	maxMigrationAttempts = 240
)

// Migrate migrates the database of a URL to the newest version of the schema. Any
// number of processes may call it concurrently: one of them migrates, and the others
// wait for up to 10 minutes.
//
// Each migration runs in one transaction unless its file says otherwise. A migration that needs
// the lock of a table waits for it for migrationLockTimeout at a time, for up to 10 minutes. It then
// fails. The attempts after the first one are logged.
func Migrate(ctx context.Context, rawURL string, log *slog.Logger) (err error) {
	poolConfig, err := parseURL(rawURL)
	if err != nil {
		return err
	}
	config := poolConfig.ConnConfig
	config.RuntimeParams["statement_timeout"] = "0" // building an index may take long
	config.RuntimeParams["lock_timeout"] = migrationLockTimeout.String()
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
	return wrap("migrating the database", up(ctx, provider, log))
}

// up applies the migrations. It continues after a lock timeout, because each migration can be
// repeated.
func up(ctx context.Context, provider *goose.Provider, log *slog.Logger) error {
	for attempt := 1; ; attempt++ {
		_, err := provider.Up(ctx)
		var serverError *pgconn.PgError
		isLocked := errors.As(err, &serverError) && serverError.Code == lockNotAvailable
		if !isLocked || attempt == maxMigrationAttempts {
			return err
		}
		log.WarnContext(ctx, "a migration waits for the lock of a table", "attempt", attempt)
		select {
		case <-time.After(migrationPause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// migrationLock returns the id of an advisory lock. Each schema has its own, because a
// database may contain several.
func migrationLock(config *pgx.ConnConfig) int64 {
	return int64(crc32.ChecksumIEEE([]byte("parley migrations " + config.RuntimeParams["search_path"])))
}
