package boot

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/app/erasures"
	"github.com/kuvaka-tech/parley/configs"
)

// Erasures migrates the database and returns the use case of the list of erasures. The caller must
// call closeStore.
func Erasures(
	ctx context.Context, c configs.Config, log *slog.Logger,
) (s *erasures.Service, closeStore func() error, err error) {
	if err := Migrate(ctx, c, log); err != nil {
		return nil, nil, err
	}
	db, err := postgres.Open(ctx, c.DatabaseURL)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the database (DATABASE_URL): %w", err)
	}
	return erasures.New(erasures.Config{
		Erasures: postgres.Erasures{DB: db},
		Eraser:   postgres.Eraser{DB: db},
		Sessions: postgres.Sessions{DB: db},
	}), db.Close, nil
}
