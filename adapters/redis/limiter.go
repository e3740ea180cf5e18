package redis

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/ports"
)

// Limiter is a ports.Limiter whose limits all processes share. While Redis is
// unavailable, each process uses its fallback, which starts counting from zero. So an
// outage refuses no request, but n processes together allow n times the limit.
type Limiter struct {
	client    goredis.UniversalClient
	keyPrefix string
	fallback  ports.Limiter
	outage    *outageLog
}

// NewLimiter returns a Limiter that uses fallback while Redis is unavailable.
func NewLimiter(client goredis.UniversalClient, keyPrefix string, fallback ports.Limiter, log *slog.Logger) *Limiter {
	outage := &outageLog{
		log:  log,
		down: "redis unavailable, using in-process limits",
		up:   "redis available again, using shared limits",
	}
	return &Limiter{client: client, keyPrefix: keyPrefix, fallback: fallback, outage: outage}
}

// Take implements ports.Limiter. It runs one script for all limits.
func (l *Limiter) Take(ctx context.Context, now time.Time, limits ...ports.RateLimit) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(limits) == 0 {
		return nil
	}
	keys, args := l.takeArgs(now, limits)
	wait, err := takeScript.Run(ctx, l.client, keys, args...).Int64()
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("taking from %d rate limits: %w", len(limits), ctx.Err())
	}
	l.outage.record(err)
	if err != nil {
		return l.fallback.Take(ctx, now, limits...)
	}
	if wait > 0 {
		return fault.RateLimited(time.Duration(wait) * time.Microsecond)
	}
	return nil
}

// GiveBack implements ports.Limiter. While Redis is unavailable, it gives back to the fallback.
// An event then stays counted if Redis became available or unavailable after it.
func (l *Limiter) GiveBack(ctx context.Context, now time.Time, limits ...ports.RateLimit) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(limits) == 0 {
		return nil
	}
	keys, _ := l.takeArgs(now, limits)
	err := giveBackScript.Run(ctx, l.client, keys, now.UnixMicro()).Err()
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("giving back to %d rate limits: %w", len(limits), ctx.Err())
	}
	l.outage.record(err)
	if err != nil {
		return l.fallback.GiveBack(ctx, now, limits...)
	}
	return nil
}

// takeArgs returns the KEYS and ARGV of takeScript, with a new nonce.
func (l *Limiter) takeArgs(now time.Time, limits []ports.RateLimit) (keys []string, args []any) {
	args = append(args, now.UnixMicro(), rand.Text()+":")
	for _, limit := range limits {
		window := limit.Window.Microseconds()
		keys = append(keys, l.keyPrefix+":limit:"+limit.Key+":"+strconv.FormatInt(window, 10))
		args = append(args, limit.Limit, window)
	}
	return keys, args
}
