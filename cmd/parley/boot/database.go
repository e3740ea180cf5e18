package boot

import (
	"context"
	"fmt"
	"log/slog"

	"go.uber.org/fx"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/adapters/sessioncache"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
)

// postgresModule implements the ports of the store with Postgres.
func postgresModule(c configs.Config) fx.Option {
	return fx.Options(roomsModule(c), fx.Provide(
		openDatabase,
		func(db *postgres.DB) ports.Users { return postgres.Users{DB: db} },
		func(db *postgres.DB) ports.Passwords { return postgres.Passwords{DB: db} },
		func(db *postgres.DB) ports.Codes { return postgres.Codes{DB: db} },
		func(db *postgres.DB) ports.CodeCounts { return postgres.CodeCounts{DB: db} },
		func(db *postgres.DB) storedSessions { return storedSessions{postgres.Sessions{DB: db}} },
		newSessions,
		func(db *postgres.DB) ports.Devices { return postgres.Devices{DB: db} },
		func(db *postgres.DB) ports.Feed { return postgres.Feed{DB: db} },
		func(db *postgres.DB) ports.Search { return postgres.Search{DB: db} },
		func(db *postgres.DB) ports.MessageCounts { return postgres.MessageCounts{DB: db} },
		func(db *postgres.DB) ports.TokenSpend { return postgres.TokenSpend{DB: db} },
		func(db *postgres.DB) ports.ReplyQueue { return postgres.ReplyQueue{DB: db} },
		func(db *postgres.DB) ports.Workers { return postgres.Workers{DB: db} },
		func(db *postgres.DB) ports.Subscriptions { return postgres.Subscriptions{DB: db} },
		func(db *postgres.DB) ports.WebhookLedger { return postgres.WebhookLedger{DB: db} },
		func(db *postgres.DB) ports.Retention { return postgres.Retention{DB: db} },
		func(db *postgres.DB) ports.CustomerDeletions { return postgres.CustomerDeletions{DB: db} },
		func(db *postgres.DB) ports.AccountRecords { return postgres.AccountRecords{DB: db} },
		func(db *postgres.DB) storeDependency { return storeDependency{Name: "postgres", Check: db.Ping} },
	))
}

// roomsModule implements the ports that change rooms. If Redis is configured, responses with
// rooms may be cached. Without Redis, changes by other processes would be missed.
func roomsModule(c configs.Config) fx.Option {
	if c.RedisURL != "" {
		return announcedRoomsModule()
	}
	return fx.Provide(
		func(db *postgres.DB) ports.Rooms { return postgres.Rooms{DB: db} },
		func(db *postgres.DB) ports.Messages { return postgres.Messages{DB: db} },
		func(db *postgres.DB) ports.MessageChanges { return postgres.MessageChanges{DB: db} },
		func(db *postgres.DB) ports.Conversations { return postgres.Conversations{DB: db} },
		func(db *postgres.DB, c *sessioncache.Cache) ports.Eraser {
			return sessioncache.NewEraser(postgres.Eraser{DB: db}, c)
		},
		noRoomVersions,
	)
}

// noRoomVersions returns nil, so that responses with rooms are not cached.
func noRoomVersions() ports.RoomVersions { return nil }

// openDatabase opens the connection pool. Its start hook migrates the schema before
// the components that use the database start.
func openDatabase(lc fx.Lifecycle, c configs.Config, log *slog.Logger) (*postgres.DB, error) {
	db, err := postgres.Open(context.Background(), c.DatabaseURL)
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	lc.Append(fx.Hook{
		OnStart: func(ctx context.Context) error { return Migrate(ctx, c, log) },
		OnStop:  func(context.Context) error { return db.Close() },
	})
	return db, nil
}

// Migrate migrates the database schema to the current version. Processes that
// start concurrently migrate one after the other.
func Migrate(ctx context.Context, c configs.Config, log *slog.Logger) error {
	if err := postgres.Migrate(ctx, c.DatabaseURL, log); err != nil {
		return fmt.Errorf("DATABASE_URL: %w", err)
	}
	return nil
}
