package boot

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"time"

	"go.uber.org/fx"

	"github.com/kuvaka-tech/parley/adapters/region"
	"github.com/kuvaka-tech/parley/adapters/smshook"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/ports"
)

// admits refuses numbers that no code is to be sent to; nil admits all.
type admits func(phone.Number) error

// hook hands texts to the operator's hook, for numbers that can be somebody's.
func hook() fx.Option {
	return fx.Provide(
		func(c configs.Config, random io.Reader, clock ports.Clock, log *slog.Logger) (*smshook.Hook, error) {
			return smshook.New(smshook.Config{URL: c.SMSHookURL, Key: c.SMSHookKey, Jitter: mathrand.Float64, Random: random, Clock: clock, Log: log})
		},
		func(lc fx.Lifecycle, h *smshook.Hook) ports.SMS {
			lc.Append(fx.Hook{OnStop: func(ctx context.Context) error {
				ctx, cancel := before(ctx, time.Second)
				defer cancel()
				return h.Stop(ctx)
			}})
			return h
		},
		func(c configs.Config) (admits, error) {
			served, err := region.New(c.SMSCountries)
			if err != nil {
				return nil, fmt.Errorf("SMS_COUNTRIES: %w", err)
			}
			return served.Admits, nil
		},
	)
}

// before is a context over some time before ctx is, which is left for the parts that stop after.
func before(ctx context.Context, left time.Duration) (context.Context, context.CancelFunc) {
	at, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, at.Add(-left))
}
