package boot

import (
	"context"
	"fmt"
	"log/slog"

	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/fx"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/adapters/redis"
	"github.com/kuvaka-tech/parley/adapters/watermill"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
)

// installation begins the names of all that is kept on Redis.
const installation = "parley"

// openRedis makes the client of what the processes of one installation share:
// wake-ups, live events, limits and cached lists. Each may be lost.
func openRedis(lc fx.Lifecycle, c configs.Config, log *slog.Logger) (*goredis.Client, error) {
	client, err := redis.Open(c.RedisURL, log)
	if err != nil {
		return nil, fmt.Errorf("opening Redis (REDIS_URL): %w", err)
	}
	lc.Append(fx.Hook{
		OnStart: func(ctx context.Context) error { return greet(ctx, client) },
		OnStop:  func(context.Context) error { return client.Close() },
	})
	return client, nil
}

// greet fails where Redis refuses the login, which only the operator can mend. One
// that is away keeps nobody from starting: the client tells the log.
func greet(ctx context.Context, client *goredis.Client) error {
	if refusal := redis.Refused(client.Ping(ctx).Err()); refusal != "" {
		return fmt.Errorf("logging in to Redis: it answers %s; look at the user and the password in REDIS_URL, or at REDIS_PASSWORD", refusal)
	}
	return nil
}

func redisQueue() fx.Option {
	return fx.Provide(openRedis,
		func(lc fx.Lifecycle, client *goredis.Client, log *slog.Logger) (*watermill.Queue, error) {
			q, err := watermill.NewRedis(client, installation, log)
			if err != nil {
				return nil, fmt.Errorf("opening the queue: %w", err)
			}
			lc.Append(fx.Hook{OnStop: func(context.Context) error { return q.Close() }})
			return q, nil
		},
		func(q *watermill.Queue) ports.Queue { return q },
		func(client *goredis.Client) dependencies {
			return dependencies{{Name: "redis", Check: func(ctx context.Context) error { return client.Ping(ctx).Err() }}}
		},
	)
}

func redisLive() fx.Option {
	return fx.Provide(func(lc fx.Lifecycle, client *goredis.Client) ports.Live {
		l := redis.NewLive(client, installation)
		lc.Append(fx.StopHook(l.Close))
		return l
	})
}

// redisLimiter counts in the process while Redis is away.
func redisLimiter() fx.Option {
	return fx.Provide(memory.NewLimiter, func(client *goredis.Client, l *memory.Limiter, log *slog.Logger) ports.Limiter {
		return redis.NewLimiter(client, installation, l, log)
	})
}

// lists puts a cache before the lists of rooms, where there is a Redis for it.
func lists(c configs.Config) fx.Option {
	if c.RedisURL == "" {
		return fx.Provide(
			func(db *postgres.DB) ports.Rooms { return postgres.Rooms{DB: db} },
			func(db *postgres.DB) ports.Messages { return postgres.Messages{DB: db} },
			func(db *postgres.DB) ports.Eraser { return postgres.Eraser{DB: db} },
		)
	}
	return fx.Provide(
		func(client *goredis.Client) *redis.Lists { return redis.NewLists(client, installation) },
		func(db *postgres.DB, l *redis.Lists) ports.Rooms { return redis.NewRooms(postgres.Rooms{DB: db}, l) },
		func(db *postgres.DB, l *redis.Lists) ports.Messages {
			return redis.NewMessages(postgres.Messages{DB: db}, l)
		},
		func(db *postgres.DB, l *redis.Lists) ports.Eraser { return redis.NewEraser(postgres.Eraser{DB: db}, l) },
	)
}
