package boot

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/fx"

	"github.com/kuvaka-tech/parley/adapters/httpapi"
	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/adapters/redis"
	"github.com/kuvaka-tech/parley/adapters/sessioncache"
	"github.com/kuvaka-tech/parley/adapters/watermill"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
)

// redisPrefix is the start of all key names in Redis.
const redisPrefix = "parley"

// openRedis opens the client for the data that the processes share besides the
// database: wake-ups (without NATS), live logs, rate limits and announcements of changed rooms.
// All this data may be lost.
func openRedis(lc fx.Lifecycle, c configs.Config, log *slog.Logger) (*goredis.Client, error) {
	client, err := redis.Open(c.RedisURL, log)
	if err != nil {
		return nil, fmt.Errorf("opening Redis (REDIS_URL): %w", err)
	}
	lc.Append(fx.Hook{
		OnStart: func(ctx context.Context) error { return checkRedisLogin(ctx, client) },
		OnStop:  func(context.Context) error { return client.Close() },
	})
	return client, nil
}

// checkRedisLogin fails when Redis rejects the login, because only an operator can
// fix that. An unavailable Redis does not prevent the start: the client logs it.
func checkRedisLogin(ctx context.Context, client *goredis.Client) error {
	if code := redis.AuthErrorCode(client.Ping(ctx).Err()); code != "" {
		return fmt.Errorf("logging in to Redis: it returns %s; "+
			"check the user and the password in REDIS_URL, or REDIS_PASSWORD", code)
	}
	return nil
}

func redisWakeups() fx.Option {
	return fx.Provide(
		openRedis,
		newRedisWakeups,
		func(w *watermill.Wakeups) ports.Wakeups { return w },
		func(client *goredis.Client) dependencies { return dependencies{redisDependency(client)} },
	)
}

func newRedisWakeups(lc fx.Lifecycle, client *goredis.Client, log *slog.Logger) (*watermill.Wakeups, error) {
	w, err := watermill.NewRedis(client, redisPrefix, log)
	if err != nil {
		return nil, fmt.Errorf("opening the wake-ups: %w", err)
	}
	lc.Append(fx.Hook{OnStop: func(context.Context) error { return w.Close() }})
	return w, nil
}

func redisDependency(client *goredis.Client) httpapi.Dependency {
	ping := func(ctx context.Context) error { return client.Ping(ctx).Err() }
	return httpapi.Dependency{Name: "redis", Check: ping}
}

// redisLive implements the ports of the live log and the cancel signals. They share one
// connection for what Redis publishes.
func redisLive() fx.Option {
	return fx.Provide(
		newRedisSubscriber,
		newRedisLive,
		func(l *redis.Live) ports.Live { return l },
		func(l *redis.Live) ports.LiveReader { return l },
		newRedisCancelSignals,
	)
}

func newRedisSubscriber(lc fx.Lifecycle, client *goredis.Client) *redis.Subscriber {
	s := redis.NewSubscriber(client)
	lc.Append(fx.StopHook(s.Close))
	return s
}

func newRedisLive(client *goredis.Client, s *redis.Subscriber) *redis.Live {
	return redis.NewLive(client, redisPrefix, s)
}

func newRedisCancelSignals(client *goredis.Client, s *redis.Subscriber) ports.CancelSignals {
	return redis.NewCancelSignals(client, redisPrefix, s)
}

// newRedisLimiter returns a limiter that uses fallback while Redis is unavailable.
func newRedisLimiter(client *goredis.Client, fallback *memory.Limiter, log *slog.Logger) ports.Limiter {
	return redis.NewLimiter(client, redisPrefix, fallback, log)
}

// announcedRoomsModule implements the ports that change rooms. Their changes are announced to
// the caches of all processes.
func announcedRoomsModule() fx.Option {
	return fx.Provide(
		newRedisRoomVersions,
		func(v *redis.RoomVersions) ports.RoomVersions { return v },
		func(db *postgres.DB, v *redis.RoomVersions) ports.Rooms {
			return redis.NewRooms(postgres.Rooms{DB: db}, v)
		},
		func(db *postgres.DB, v *redis.RoomVersions) ports.Messages {
			return redis.NewMessages(postgres.Messages{DB: db}, v)
		},
		func(db *postgres.DB, v *redis.RoomVersions) ports.MessageChanges {
			return redis.NewMessageChanges(postgres.MessageChanges{DB: db}, v)
		},
		func(db *postgres.DB, v *redis.RoomVersions) ports.Conversations {
			return redis.NewConversations(postgres.Conversations{DB: db}, v)
		},
		func(db *postgres.DB, v *redis.RoomVersions, c *sessioncache.Cache) ports.Eraser {
			return redis.NewEraser(sessioncache.NewEraser(postgres.Eraser{DB: db}, c), v)
		},
	)
}

// newRedisRoomVersions returns versions that listen while the program runs. A process that is
// only a worker shows no rooms, so it does not listen.
func newRedisRoomVersions(
	lc fx.Lifecycle, c configs.Config, client *goredis.Client, s *redis.Subscriber,
) *redis.RoomVersions {
	v := redis.NewRoomVersions(client, redisPrefix, s)
	if c.Role == configs.RoleWorker {
		return v
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	lc.Append(fx.StartStopHook(
		func() { running.Go(func() { v.Run(ctx) }) },
		func() {
			cancel()
			running.Wait()
		},
	))
	return v
}
