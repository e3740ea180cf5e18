package boot

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"strings"
	"time"

	"go.uber.org/fx"

	"github.com/kuvaka-tech/parley/adapters/courier"
	"github.com/kuvaka-tech/parley/adapters/metrics"
	"github.com/kuvaka-tech/parley/adapters/region"
	"github.com/kuvaka-tech/parley/adapters/smshook"
	"github.com/kuvaka-tech/parley/adapters/twilio"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/ports"
)

// admits refuses numbers that no code is to be sent to; nil admits all.
type admits func(phone.Number) error

// smsCompany is one that texts can be sent by.
type smsCompany struct {
	adapter string
	open    func(configs.Config, io.Reader, ports.Clock) (ports.SMS, error)
}

// smsCompanies are those there are, by their name in SMS_SENDERS.
var smsCompanies = map[string]smsCompany{
	"twilio": {"twilio", func(c configs.Config, _ io.Reader, _ ports.Clock) (ports.SMS, error) {
		return twilio.New(twilio.Config{AccountSID: c.Twilio.AccountSID, AuthToken: c.Twilio.AuthToken, From: c.Twilio.From, BaseURL: c.Twilio.BaseURL})
	}},
	"hook": {"http hook", func(c configs.Config, random io.Reader, clock ports.Clock) (ports.SMS, error) {
		return smshook.New(smshook.Config{URL: c.SMSHookURL, Key: c.SMSHookKey, Random: random, Clock: clock})
	}},
}

// smsAdapters tells what texts are sent by.
func smsAdapters(senders []string) string {
	var names []string
	for _, s := range senders {
		names = append(names, smsCompanies[s].adapter)
	}
	return strings.Join(names, ", then ")
}

// sending hands texts to SMS companies, for numbers that can be somebody's.
func sending() fx.Option {
	return fx.Provide(
		newCourier,
		func(lc fx.Lifecycle, c *courier.Courier) ports.SMS {
			lc.Append(fx.Hook{OnStop: func(ctx context.Context) error {
				ctx, cancel := before(ctx, time.Second)
				defer cancel()
				return c.Stop(ctx)
			}})
			return c
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

func newCourier(c configs.Config, random io.Reader, clock ports.Clock, log *slog.Logger, m *metrics.Metrics) (*courier.Courier, error) {
	var senders []courier.Sender
	for _, name := range c.SMSSenders {
		s, err := smsCompanies[name].open(c, random, clock)
		if err != nil {
			return nil, err
		}
		senders = append(senders, courier.Sender{Name: name, SMS: s})
	}
	return courier.New(courier.Config{Senders: senders, Jitter: mathrand.Float64, Random: random, Clock: clock, Log: log, Count: m.SMSTry})
}

// testNumbers says in the log until when a fixed code opens each of them.
func testNumbers() fx.Option {
	return fx.Invoke(func(lc fx.Lifecycle, c configs.Config, clock ports.Clock, log *slog.Logger) {
		lc.Append(fx.StartHook(func() { tellTests(c.SMSTests, clock.Now(), log) }))
	})
}

func tellTests(all otp.TestNumbers, now time.Time, log *slog.Logger) {
	for _, t := range all {
		log := log.With("mobile_number", t.Number, "until", t.End)
		if _, ok := all.At(t.Number, now); ok {
			log.Warn("a fixed code logs a test number in")
		} else {
			log.Warn("a test number is over and can be taken out of SMS_TEST_NUMBERS")
		}
	}
}

// before is a context over some time before ctx is, which is left for the parts that stop after.
func before(ctx context.Context, left time.Duration) (context.Context, context.CancelFunc) {
	at, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, at.Add(-left))
}
