package redis

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// retryInterval is the time between two attempts to call an unavailable Redis.
const retryInterval = time.Second

var errBreakerOpen = errors.New("redis was unavailable a moment ago")

// breaker is a goredis.Hook: a circuit breaker that opens when Redis does not
// answer. While it is open, calls fail immediately, except one probe per
// retryInterval.
//
// It does not use Options.Limiter, which go-redis offers for circuit breakers.
// go-redis also applies that limiter to the handshake of a new connection. It would
// allow the probe, but then reject the handshake of the probe's connection.
type breaker struct {
	outage  *outageLog
	mu      sync.Mutex
	open    bool
	probeAt time.Time // when the next probe is allowed while open
}

func newBreaker(log *slog.Logger) *breaker {
	return &breaker{outage: &outageLog{log: log, down: "redis calls fail", up: "redis calls succeed again"}}
}

// DialHook implements goredis.Hook. It does nothing.
func (b *breaker) DialHook(next goredis.DialHook) goredis.DialHook { return next }

// ProcessHook implements goredis.Hook.
func (b *breaker) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		return b.guard(ctx, []goredis.Cmder{cmd}, func(ctx context.Context) error { return next(ctx, cmd) })
	}
}

// ProcessPipelineHook implements goredis.Hook.
func (b *breaker) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		return b.guard(ctx, cmds, func(ctx context.Context) error { return next(ctx, cmds) })
	}
}

// allowedKey is the context key that marks an allowed call. The call may open a
// connection under the same context, so the mark also allows the connection's handshake.
type allowedKey struct{}

// guard runs call if the breaker allows it, and otherwise fails with errBreakerOpen.
func (b *breaker) guard(ctx context.Context, cmds []goredis.Cmder, call func(ctx context.Context) error) error {
	if ctx.Value(allowedKey{}) != nil {
		return call(ctx)
	}
	if !b.allow() {
		for _, cmd := range cmds {
			cmd.SetErr(errBreakerOpen)
		}
		return errBreakerOpen
	}
	err := call(context.WithValue(ctx, allowedKey{}, true))
	if ctx.Err() == nil { // an error of a cancelled call is not Redis's fault
		b.record(err)
	}
	return err
}

// allow reports whether a call may go to Redis now.
func (b *breaker) allow() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.open {
		return true
	}
	now := time.Now()
	if now.Before(b.probeAt) {
		return false
	}
	b.probeAt = now.Add(retryInterval)
	return true
}

// record opens or closes the breaker after a call. It ignores errors that say nothing
// about Redis: the client is closed or has no free connection.
func (b *breaker) record(err error) {
	if errors.Is(err, goredis.ErrClosed) || errors.Is(err, goredis.ErrPoolTimeout) {
		return
	}
	available := isAvailable(err)
	b.mu.Lock()
	b.open, b.probeAt = !available, time.Now().Add(retryInterval)
	b.mu.Unlock()
	if available && AuthErrorCode(err) == "" { // NOPERM is logged, because an operator must fix it
		err = nil
	}
	b.outage.record(err)
}
