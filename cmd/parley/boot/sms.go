package boot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
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

// smsCompany opens one that texts can be sent by.
type smsCompany func(*configs.Company) (ports.SMS, error)

// smsCompanies are those there are, by their name in SMS_SENDERS.
func smsCompanies(c configs.Config, random io.Reader, clock ports.Clock) map[string]smsCompany {
	return map[string]smsCompany{
		"twilio": func(t *configs.Company) (ports.SMS, error) {
			return twilio.New(twilio.Config{AccountSID: t.Need("ACCOUNT_SID"), AuthToken: t.Need("AUTH_TOKEN"), From: t.Need("FROM"), BaseURL: t.BaseURL})
		},
		"hook": func(*configs.Company) (ports.SMS, error) {
			return smshook.New(smshook.Config{URL: c.SMSHookURL, Key: c.SMSHookKey, Random: random, Clock: clock})
		},
	}
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
	var problems []error
	for _, company := range c.SMSSenders {
		s, err := openSMS(smsCompanies(c, random, clock), company)
		problems = append(problems, err)
		senders = append(senders, courier.Sender{Name: company.Name, SMS: s})
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("the configuration has problems:\n%w", err)
	}
	return courier.New(courier.Config{Senders: senders, Jitter: mathrand.Float64, Random: random, Clock: clock, Log: log, Count: m.SMSTry})
}

// openSMS fails first of all with the company's variables that are missing.
func openSMS(all map[string]smsCompany, c configs.Company) (ports.SMS, error) {
	open, err := named(all, c.Name, "SMS_SENDERS")
	if err != nil {
		return nil, err
	}
	s, err := open(&c)
	if missing := c.Missing(); missing != nil {
		return nil, missing
	}
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", c.Name, err)
	}
	return s, nil
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
