package boot

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"

	"go.uber.org/fx"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/adapters/pretend"
	"github.com/kuvaka-tech/parley/adapters/stripe"
	"github.com/kuvaka-tech/parley/adapters/watermill"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
)

// Each function here picks the adapter of one port, or of those that one system serves together.

func store(c configs.Config) (Part, fx.Option) {
	if c.DatabaseURL != "" {
		return Part{Port: "store", Adapter: "postgres"}, database(c)
	}
	return Part{"store", "memory", true, "everything is gone when the program ends"}, fx.Provide(
		memory.New,
		func(s *memory.Store) ports.Users { return memory.Users{Store: s} },
		func(s *memory.Store) ports.Passwords { return memory.Passwords{Store: s} },
		func(s *memory.Store) ports.Codes { return memory.Codes{Store: s} },
		func(s *memory.Store) ports.Sessions { return memory.Sessions{Store: s} },
		func(s *memory.Store) ports.Rooms { return memory.Rooms{Store: s} },
		func(s *memory.Store) ports.Messages { return memory.Messages{Store: s} },
		func(s *memory.Store) ports.Usage { return memory.Usage{Store: s} },
		func(s *memory.Store) ports.Spend { return memory.Spend{Store: s} },
		func(s *memory.Store) ports.Work { return memory.Work{Store: s} },
		func(s *memory.Store) ports.Workers { return memory.Workers{Store: s} },
		func(s *memory.Store) ports.Subscriptions { return memory.Subscriptions{Store: s} },
		func(s *memory.Store) ports.Ledger { return memory.Ledger{Store: s} },
		func(s *memory.Store) ports.Retention { return memory.Retention{Store: s} },
		func(s *memory.Store) ports.Eraser { return memory.Eraser{Store: s} },
	)
}

func queue(c configs.Config) (Part, fx.Option) {
	if c.RedisURL != "" {
		return Part{Port: "wake-ups", Adapter: "watermill on Redis Streams"}, redisQueue()
	}
	return Part{Port: "wake-ups", Adapter: "watermill in process"}, fx.Provide(
		func(lc fx.Lifecycle, log *slog.Logger) *watermill.Queue {
			q := watermill.NewInProcess(log)
			lc.Append(fx.Hook{OnStop: func(context.Context) error { return q.Close() }})
			return q
		},
		func(q *watermill.Queue) ports.Queue { return q },
		func() dependencies { return nil },
	)
}

func live(c configs.Config) (Part, fx.Option) {
	if c.RedisURL != "" {
		return Part{Port: "live events", Adapter: "redis"}, redisLive()
	}
	return Part{Port: "live events", Adapter: "memory"}, fx.Provide(memory.NewLive, func(l *memory.Live) ports.Live { return l })
}

func limiter(c configs.Config) (Part, fx.Option) {
	if c.RedisURL != "" {
		return Part{Port: "limits", Adapter: "redis"}, redisLimiter()
	}
	return Part{Port: "limits", Adapter: "memory"}, fx.Provide(memory.NewLimiter, func(l *memory.Limiter) ports.Limiter { return l })
}

func sms(c configs.Config) (Part, fx.Option) {
	if c.SendsSMS() {
		return Part{Port: "sms", Adapter: inTurn(c.SMSSenders, func(s configs.Company) string { return s.Name })}, fx.Options(sending(), testNumbers())
	}
	return Part{"sms", "outbox", true, "codes come back in the answer as otp instead of to a phone"}, fx.Options(testNumbers(), fx.Provide(
		func() *fake.Outbox { return &fake.Outbox{} },
		func(o *fake.Outbox) ports.SMS { return o },
		func() admits { return nil },
	))
}

func payments(c configs.Config) (Part, fx.Option) {
	if c.Stripe.SecretKey != "" {
		return Part{Port: "payments", Adapter: "stripe"}, fx.Provide(
			newStripe,
			func(a *stripe.Account) ports.Payments { return a },
			func(a *stripe.Account) ports.Webhooks { return a },
			func() pages { return nil },
		)
	}
	if c.Role != configs.Serve {
		return Part{"payments", "closed", true, "the pretend checkout lives in one process; serve has it"}, fx.Provide(
			func() ports.Payments { return fake.Closed{} },
			func() ports.Webhooks { return fake.Closed{} },
			func() pages { return nil },
		)
	}
	return Part{"payments", "pretend checkout", true, "no money moves; its pages lie under /pretend/"}, fx.Provide(
		newCompany,
		func(c *pretend.Company) ports.Payments { return c },
		func(c *pretend.Company) ports.Webhooks { return c },
		func(c *pretend.Company) pages { return c.Handler() },
	)
}

func newStripe(c configs.Config, clock ports.Clock) (*stripe.Account, error) {
	return stripe.New(stripe.Config{SecretKey: c.Stripe.SecretKey, WebhookSecret: c.Stripe.WebhookSecret,
		PriceID: c.Stripe.PriceID, BaseURL: c.Stripe.BaseURL, Clock: clock})
}

// pages are what the payments company shows under /pretend/, nil for none.
type pages http.Handler

// newCompany makes the pretend payments company, which posts its webhooks to
// the program it is in; it runs for as long as that does.
func newCompany(lc fx.Lifecycle, clock ports.Clock, s *server, log *slog.Logger) (*pretend.Company, error) {
	c, err := pretend.New(pretend.Config{Clock: clock, Random: rand.Reader, BaseURL: s.url, Deliver: s.deliver, Log: log})
	if err != nil {
		return nil, fmt.Errorf("making the pretend checkout: %w", err)
	}
	lc.Append(fx.Hook{OnStart: c.Start, OnStop: c.Stop})
	return c, nil
}
