package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kuvaka-tech/parley/ports"
)

const (
	// workWithin is somewhat more than the server allows a statement (settings), and
	// vitalWithin less than a lease.
	workWithin, vitalWithin = 18 * time.Second, 8 * time.Second
	// pingWithin is how long a connection that was idle has to say that it still is one.
	pingWithin = 2 * time.Second
)

var errSilent = fmt.Errorf("%w: the database did not answer in time", ports.ErrAway)

// bounded gives each statement a time of its own, whatever its caller allows. A
// server that is gone without a word answers nothing, not even that its own
// timeout is over, and TCP goes on asking for a quarter of an hour and more.
type bounded struct {
	*sqlx.DB
	within time.Duration
}

// in fails with errSilent when the time is over, the connection being closed by
// then, and with ports.ErrAway when the database is away otherwise. A caller whose
// own time is over, or who has left, is told nothing of it.
func (b *bounded) in(ctx context.Context, do func(ctx context.Context) error) error {
	own, cancel := context.WithTimeoutCause(ctx, b.within, errSilent)
	defer cancel()
	err := do(own)
	switch {
	case err == nil:
		return nil
	case errors.Is(context.Cause(own), errSilent):
		return errSilent
	case ctx.Err() == nil && isAway(err):
		return fmt.Errorf("%w: %w", ports.ErrAway, err)
	}
	return err
}

func (b *bounded) GetContext(ctx context.Context, to any, query string, args ...any) error {
	return b.in(ctx, func(ctx context.Context) error { return b.DB.GetContext(ctx, to, query, args...) })
}

func (b *bounded) SelectContext(ctx context.Context, to any, query string, args ...any) error {
	return b.in(ctx, func(ctx context.Context) error { return b.DB.SelectContext(ctx, to, query, args...) })
}

func (b *bounded) ExecContext(ctx context.Context, query string, args ...any) (result sql.Result, err error) {
	err = b.in(ctx, func(ctx context.Context) error {
		result, err = b.DB.ExecContext(ctx, query, args...)
		return err
	})
	return result, err
}

func (b *bounded) PingContext(ctx context.Context) error { return b.in(ctx, b.DB.PingContext) }
