package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kuvaka-tech/parley/ports"
)

// lockTimeout limits how long a statement waits for a lock, and for a connection of a share. It is
// the lock_timeout in settings.
const lockTimeout = 2 * time.Second

// errCrowded means that the statements of a share have used all its connections for lockTimeout.
var errCrowded = fmt.Errorf("%w: too many statements wait for the database", ports.ErrUnavailable)

// share is a part of the connections of a pool. Statements that wait for the lock of a table use up
// the connections of their share. The statements on other tables have the rest of the pool.
type share struct {
	pool  *pool
	slots chan struct{} // has an element for each running statement
}

// newShare returns a share of half of the pool's connections.
func newShare(p *pool, maxConnections int32) *share {
	return &share{pool: p, slots: make(chan struct{}, max(1, maxConnections/2))}
}

// use runs f when a connection of the share is free. It fails with errCrowded after lockTimeout.
func (s *share) use(ctx context.Context, f func() error) error {
	waiting, cancel := context.WithTimeoutCause(ctx, lockTimeout, errCrowded)
	defer cancel()
	return withSlot(waiting, s.slots, f)
}

// withSlot runs f when slots have room for another element. It fails with the cause of waiting if
// that ends first.
func withSlot(waiting context.Context, slots chan struct{}, f func() error) error {
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
		return f()
	case <-waiting.Done():
		return context.Cause(waiting)
	}
}

// GetContext is GetContext of the pool.
func (s *share) GetContext(ctx context.Context, dest any, query string, args ...any) error {
	return s.use(ctx, func() error { return s.pool.GetContext(ctx, dest, query, args...) })
}

// SelectContext is SelectContext of the pool.
func (s *share) SelectContext(ctx context.Context, dest any, query string, args ...any) error {
	return s.use(ctx, func() error { return s.pool.SelectContext(ctx, dest, query, args...) })
}

// ExecContext is ExecContext of the pool.
func (s *share) ExecContext(ctx context.Context, query string, args ...any) (result sql.Result, err error) {
	err = s.use(ctx, func() error {
		result, err = s.pool.ExecContext(ctx, query, args...)
		return err
	})
	return result, err
}

// pipeline is pipeline of the pool.
func (s *share) pipeline(ctx context.Context, queries ...query) error {
	return s.use(ctx, func() error { return s.pool.pipeline(ctx, queries...) })
}

// transaction is transaction of the pool.
func (s *share) transaction(ctx context.Context, f func(ctx context.Context, tx *sqlx.Tx) error) error {
	return s.use(ctx, func() error { return s.pool.transaction(ctx, f) })
}
