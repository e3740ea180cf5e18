package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// silenceTracer resets a pool when the server is silent: a statement has got no answer until the
// timeout of the pool, or a connection could not be acquired until then although some are idle,
// because the pings of idle connections got no answer. A statement that waits for a lock or for a
// connection of others is no sign of silence, because the server answers after its lock_timeout.
type silenceTracer struct{ pool *pool }

type exchangeKey struct{}

// exchange is a statement, or a batch of statements, on a connection.
type exchange struct {
	heard time.Time // when the last answer came, or else when the exchange began
}

func beginExchange(ctx context.Context) context.Context {
	return context.WithValue(ctx, exchangeKey{}, &exchange{heard: time.Now()})
}

// end resets the pool if the exchange has failed because of the pool's timeout, and the server was
// silent for half of it. That is longer than lockTimeout.
func (s silenceTracer) end(ctx context.Context, err error) {
	x, known := ctx.Value(exchangeKey{}).(*exchange)
	if !known || err == nil || errors.As(err, new(*pgconn.PgError)) {
		return
	}
	if isStatementTimeout(ctx) && time.Since(x.heard) >= s.pool.timeoutOf(ctx)/2 {
		s.pool.reset()
	}
}

// isStatementTimeout reports whether ctx has ended because of the timeout of a statement.
func isStatementTimeout(ctx context.Context) bool { return errors.Is(context.Cause(ctx), errTimeout) }

// TraceQueryStart implements pgx.QueryTracer.
func (silenceTracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return beginExchange(ctx)
}

// TraceQueryEnd implements pgx.QueryTracer.
func (s silenceTracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	s.end(ctx, data.Err)
}

// TraceBatchStart implements pgx.BatchTracer.
func (silenceTracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return beginExchange(ctx)
}

// TraceBatchQuery implements pgx.BatchTracer.
func (silenceTracer) TraceBatchQuery(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	if x, known := ctx.Value(exchangeKey{}).(*exchange); known && data.Err == nil {
		x.heard = time.Now()
	}
}

// TraceBatchEnd implements pgx.BatchTracer.
func (s silenceTracer) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchEndData) {
	s.end(ctx, data.Err)
}

// TraceAcquireStart implements pgxpool.AcquireTracer.
func (silenceTracer) TraceAcquireStart(
	ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireStartData,
) context.Context {
	return ctx
}

// TraceAcquireEnd implements pgxpool.AcquireTracer.
func (s silenceTracer) TraceAcquireEnd(ctx context.Context, p *pgxpool.Pool, data pgxpool.TraceAcquireEndData) {
	if data.Err != nil && isStatementTimeout(ctx) && p.Stat().IdleConns() > 0 {
		s.pool.reset()
	}
}
