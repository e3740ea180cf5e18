package boot

import (
	"context"
	"fmt"

	"go.uber.org/fx"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
)

// database serves the store's ports from Postgres.
func database(c configs.Config) fx.Option {
	return fx.Options(lists(c), fx.Provide(
		openDatabase,
		func(db *postgres.DB) ports.Users { return postgres.Users{DB: db} },
		func(db *postgres.DB) ports.Passwords { return postgres.Passwords{DB: db} },
		func(db *postgres.DB) ports.Codes { return postgres.Codes{DB: db} },
		func(db *postgres.DB) ports.Sessions { return postgres.Sessions{DB: db} },
		func(db *postgres.DB) ports.Usage { return postgres.Usage{DB: db} },
		func(db *postgres.DB) ports.Spend { return postgres.Spend{DB: db} },
		func(db *postgres.DB) ports.Work { return postgres.Work{DB: db} },
		func(db *postgres.DB) ports.Workers { return postgres.Workers{DB: db} },
		func(db *postgres.DB) ports.Subscriptions { return postgres.Subscriptions{DB: db} },
		func(db *postgres.DB) ports.Ledger { return postgres.Ledger{DB: db} },
		func(db *postgres.DB) ports.Retention { return postgres.Retention{DB: db} },
	))
}

// openDatabase opens the pool. The schema is brought up to date before anything
// that uses it starts.
func openDatabase(lc fx.Lifecycle, c configs.Config) (*postgres.DB, error) {
	db, err := postgres.Open(context.Background(), c.DatabaseURL)
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	lc.Append(fx.Hook{
		OnStart: func(ctx context.Context) error { return Migrate(ctx, c) },
		OnStop:  func(context.Context) error { return db.Close() },
	})
	return db, nil
}

// Migrate brings the database's schema up to date, one process at a time.
func Migrate(ctx context.Context, c configs.Config) error {
	if err := postgres.Migrate(ctx, c.DatabaseURL); err != nil {
		return fmt.Errorf("migrating the database (DATABASE_URL): %w", err)
	}
	return nil
}
