package boot

import (
	"context"
	"log/slog"

	"go.uber.org/fx"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/adapters/sessioncache"
	"github.com/kuvaka-tech/parley/adapters/watermill"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
)

// choices are the functions that choose the adapters. Each of them chooses for one
// port, or for several ports that the same system implements.
var choices = []func(configs.Config) (Adapter, fx.Option){
	chooseStore,
	chooseWakeups,
	chooseLive,
	chooseLimiter,
	chooseLLM,
	chooseSMS,
	choosePayments,
}

func chooseStore(c configs.Config) (Adapter, fx.Option) {
	if c.DatabaseURL != "" {
		return Adapter{Port: "store", Name: "postgres"}, postgresModule(c)
	}
	return Adapter{
		Port:    "store",
		Name:    "memory",
		StandIn: true,
		Note:    "all data is lost when the program ends",
	}, memoryModule()
}

// memoryModule implements the ports of the store with package memory.
func memoryModule() fx.Option {
	return fx.Provide(
		memory.New,
		func(s *memory.Store) ports.Users { return memory.Users{Store: s} },
		func(s *memory.Store) ports.Passwords { return memory.Passwords{Store: s} },
		func(s *memory.Store) ports.Codes { return memory.Codes{Store: s} },
		func(s *memory.Store) ports.CodeCounts { return memory.CodeCounts{Store: s} },
		func(s *memory.Store) storedSessions { return storedSessions{memory.Sessions{Store: s}} },
		newSessions,
		func(s *memory.Store) ports.Devices { return memory.Devices{Store: s} },
		func(s *memory.Store) ports.Rooms { return memory.Rooms{Store: s} },
		func(s *memory.Store) ports.Messages { return memory.Messages{Store: s} },
		func(s *memory.Store) ports.MessageChanges { return memory.MessageChanges{Store: s} },
		func(s *memory.Store) ports.Conversations { return memory.Conversations{Store: s} },
		func(s *memory.Store) ports.Feed { return memory.Feed{Store: s} },
		func(s *memory.Store) ports.Search { return memory.Search{Store: s} },
		func(s *memory.Store) ports.MessageCounts { return memory.MessageCounts{Store: s} },
		func(s *memory.Store) ports.TokenSpend { return memory.TokenSpend{Store: s} },
		func(s *memory.Store) ports.ReplyQueue { return memory.ReplyQueue{Store: s} },
		func(s *memory.Store) ports.Workers { return memory.Workers{Store: s} },
		func(s *memory.Store) ports.AccountRecords { return memory.AccountRecords{Store: s} },
		func(s *memory.Store) ports.Subscriptions { return memory.Subscriptions{Store: s} },
		func(s *memory.Store) ports.WebhookLedger { return memory.WebhookLedger{Store: s} },
		func(s *memory.Store) ports.Retention { return memory.Retention{Store: s} },
		func(s *memory.Store, c *sessioncache.Cache) ports.Eraser {
			return sessioncache.NewEraser(memory.Eraser{Store: s}, c)
		},
		func(s *memory.Store) ports.CustomerDeletions { return memory.CustomerDeletions{Store: s} },
		noRoomVersions,
		func() storeDependency { return storeDependency{} },
	)
}

func chooseWakeups(c configs.Config) (Adapter, fx.Option) {
	switch {
	case c.NATSURL != "":
		return Adapter{Port: "wake-ups", Name: "watermill on NATS JetStream"}, natsWakeups()
	case c.RedisURL != "":
		return Adapter{Port: "wake-ups", Name: "watermill on Redis Streams"}, redisWakeups()
	}
	return Adapter{Port: "wake-ups", Name: "watermill in process"}, fx.Provide(
		newInProcessWakeups,
		func(w *watermill.Wakeups) ports.Wakeups { return w },
		func() dependencies { return nil },
	)
}

func newInProcessWakeups(lc fx.Lifecycle, log *slog.Logger) *watermill.Wakeups {
	w := watermill.NewInProcess(log)
	lc.Append(fx.Hook{OnStop: func(context.Context) error { return w.Close() }})
	return w
}

func chooseLive(c configs.Config) (Adapter, fx.Option) {
	if c.RedisURL != "" {
		return Adapter{Port: "live log", Name: "redis"}, redisLive()
	}
	return Adapter{Port: "live log", Name: "memory"}, fx.Provide(
		memory.NewLive,
		func(l *memory.Live) ports.Live { return l },
		func(l *memory.Live) ports.LiveReader { return l },
		func() ports.CancelSignals { return memory.NewCancelSignals() },
	)
}

func chooseLimiter(c configs.Config) (Adapter, fx.Option) {
	if c.RedisURL != "" {
		return Adapter{Port: "rate limits", Name: "redis"}, fx.Provide(memory.NewLimiter, newRedisLimiter)
	}
	return Adapter{Port: "rate limits", Name: "memory"}, fx.Provide(
		memory.NewLimiter,
		func(l *memory.Limiter) ports.Limiter { return l },
	)
}
