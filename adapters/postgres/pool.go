package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"

	"github.com/kuvaka-tech/parley/ports"
)

const (
	// statementTimeout limits a statement of DB.pool with the wait for a connection. A client waits
	// for it when the database does not answer. It is longer than the server's lock_timeout
	// (settings), so that the server is the first to give up.
	statementTimeout = 6 * time.Second
	// longTimeout limits the statements that allowLong exempts from statementTimeout. It is longer
	// than the server's statement_timeout (settings).
	longTimeout = 18 * time.Second
	// leaseStatementTimeout limits a statement of DB.leasePool. It is shorter than
	// reply.Lease, because a later result would come after the lease has expired.
	leaseStatementTimeout = 8 * time.Second
	// pingTimeout limits the ping with which the pool checks an idle connection before use.
	pingTimeout = 2 * time.Second
)

var (
	// errTimeout means that a statement exceeded the timeout of its pool.
	errTimeout = fmt.Errorf("%w: the database did not answer in time", ports.ErrUnavailable)
	// errLate means that several statements together exceeded the timeout of one.
	errLate = fmt.Errorf("%w: the statements did not end in time", ports.ErrUnavailable)
)

// pool is a connection pool with a timeout for each statement, in addition to the
// caller's deadline. The server's statement_timeout is not enough: when the server or
// the network fails silently, the error of that timeout does not arrive. TCP then
// retransmits for a quarter of an hour or longer before it reports a broken connection.
type pool struct {
	*sqlx.DB
	connections *pgxpool.Pool // the connections that DB uses
	timeout     time.Duration // of one statement

	mu        sync.Mutex
	lastReset time.Time
}

type longKey struct{}

// allowLong returns a context whose statements may take longTimeout, because they change many rows.
func allowLong(ctx context.Context) context.Context { return context.WithValue(ctx, longKey{}, true) }

// timeoutOf returns the timeout of a statement with this context.
func (p *pool) timeoutOf(ctx context.Context) time.Duration {
	if ctx.Value(longKey{}) != nil {
		return max(p.timeout, longTimeout)
	}
	return p.timeout
}

// reset closes the idle connections when one was silent, because they may not respond either. Otherwise
// the next statements would find that out one by one. Connections in use are closed when they are
// released. reset does nothing if the last reset was less than the timeout of a statement ago.
func (p *pool) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.connections != nil && time.Since(p.lastReset) > p.timeout {
		p.lastReset = time.Now()
		p.connections.Reset()
	}
}

// newPool returns a pool that connects when it is first used.
func newPool(ctx context.Context, config *pgxpool.Config, timeout time.Duration) (*pool, error) {
	p := &pool{timeout: timeout}
	config = config.Copy()
	config.ConnConfig.Tracer = silenceTracer{pool: p}
	connections, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, wrap("creating a connection pool", err)
	}
	p.connections = connections
	p.DB = sqlx.NewDb(stdlib.OpenDBFromPool(connections), "pgx")
	return p, nil
}

// Close waits for the running statements and closes all connections. A nil pool is closed already.
func (p *pool) Close() error {
	if p == nil {
		return nil
	}
	err := p.DB.Close()
	p.connections.Close()
	return err
}

// withTimeout runs a statement with the timeout of the pool. It returns errTimeout when the
// timeout has passed; the driver then closes the connection, and silenceTracer may reset the pool.
// Other errors are those of limit.
func (p *pool) withTimeout(ctx context.Context, f func(ctx context.Context) error) error {
	return p.limit(ctx, errTimeout, f)
}

// limit runs f with the timeout of a statement. It returns late when the timeout has passed. It adds
// ports.ErrUnavailable to other errors of an unavailable database. When the caller's
// ctx is done, it returns the error of f unchanged.
func (p *pool) limit(ctx context.Context, late error, f func(ctx context.Context) error) error {
	limited, cancel := context.WithTimeoutCause(ctx, p.timeoutOf(ctx), late)
	defer cancel()
	err := f(limited)
	switch {
	case err == nil:
		return nil
	case errors.Is(context.Cause(limited), late):
		return late
	case ctx.Err() == nil && isUnavailable(err):
		return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
	}
	return err
}

// GetContext runs a query and scans its first row into dest. It fails with sql.ErrNoRows when there is no row.
func (p *pool) GetContext(ctx context.Context, dest any, query string, args ...any) error {
	return p.withTimeout(ctx, func(ctx context.Context) error { return p.DB.GetContext(ctx, dest, query, args...) })
}

// SelectContext runs a query and scans all its rows into the slice dest.
func (p *pool) SelectContext(ctx context.Context, dest any, query string, args ...any) error {
	return p.withTimeout(ctx, func(ctx context.Context) error { return p.DB.SelectContext(ctx, dest, query, args...) })
}

// ExecContext runs a statement that returns no rows.
func (p *pool) ExecContext(ctx context.Context, query string, args ...any) (result sql.Result, err error) {
	err = p.withTimeout(ctx, func(ctx context.Context) error {
		result, err = p.DB.ExecContext(ctx, query, args...)
		return err
	})
	return result, err
}

// PingContext fails when the database does not answer within the timeout.
func (p *pool) PingContext(ctx context.Context) error { return p.withTimeout(ctx, p.DB.PingContext) }
