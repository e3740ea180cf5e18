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

// Limiter is a ports.Limiter for many processes. While Redis is away each
// counts for itself, from nothing: limits are then as many times as large as
// there are processes, and nobody is refused for the outage.
type Limiter struct {
	client   goredis.UniversalClient
	name     string
	fallback ports.Limiter
	outage   *outage
}

// NewLimiter returns a limiter that counts on fallback while Redis is away.
func NewLimiter(client goredis.UniversalClient, name string, fallback ports.Limiter, log *slog.Logger) *Limiter {
	return &Limiter{client, name, fallback, &outage{
		log:    log,
		fails:  "Redis is away: this process counts its limits by itself",
		better: "Redis is back: limits are counted together again",
	}}
}

// take spends all budgets or none, and returns for how many microseconds to
// wait, 0 when it took. A budget is a sorted set of its takes, each scored by
// its time in microseconds, which a double holds exactly until the year 2255.
// A take's member is the call's nonce and the budget's place, so that go-redis,
// which sends a call whose answer was lost a second time, takes once.
var take = goredis.NewScript(`
	local now, nonce = tonumber(ARGV[1]), ARGV[2]
	local wait = 0
	for i, key in ipairs(KEYS) do
		if redis.call('ZSCORE', key, nonce .. i) then return 0 end
		local limit, window = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
		redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.0f', now - window))
		local over = redis.call('ZCARD', key) - limit
		if over >= 0 then
			local blocker = redis.call('ZRANGE', key, over, over, 'WITHSCORES')
			wait = math.max(wait, tonumber(blocker[2]) + window - now)
		end
	end
	if wait > 0 then return wait end
	for i, key in ipairs(KEYS) do
		redis.call('ZADD', key, ARGV[1], nonce .. i)
		redis.call('PEXPIRE', key, string.format('%.0f', math.ceil(ARGV[2 * i + 2] / 1000)))
	end
	return 0`)

func (l *Limiter) Take(ctx context.Context, now time.Time, budgets ...ports.Budget) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(budgets) == 0 {
		return nil
	}
	keys, args := l.spend(now, budgets)
	wait, err := take.Run(ctx, l.client, keys, args...).Int64()
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("taking of %d budgets: %w", len(budgets), ctx.Err())
	}
	l.outage.note(err)
	if err != nil {
		return l.fallback.Take(ctx, now, budgets...)
	}
	if wait > 0 {
		return fault.RateLimited.After(time.Duration(wait) * time.Microsecond)
	}
	return nil
}

// spend makes the script's keys and arguments.
func (l *Limiter) spend(now time.Time, budgets []ports.Budget) (keys []string, args []any) {
	args = append(args, now.UnixMicro(), rand.Text()+":")
	for _, b := range budgets {
		window := b.Window.Microseconds()
		keys = append(keys, l.name+":limit:"+b.Key+":"+strconv.FormatInt(window, 10))
		args = append(args, b.Limit, window)
	}
	return keys, args
}
