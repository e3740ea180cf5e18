package boot

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"go.uber.org/fx"

	"github.com/kuvaka-tech/parley/adapters/courier"
	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/adapters/region"
	"github.com/kuvaka-tech/parley/app/login"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/ports"
)

// numberFilter fails for a number to which codes must not be sent. Nil allows all numbers.
type numberFilter func(phone.Number) error

func chooseSMS(c configs.Config) (Adapter, fx.Option) {
	if c.SendsSMS() {
		names := joinNames(c.SMSSenders, func(s configs.SMSSender) string { return s.Name })
		return Adapter{Port: "sms", Name: names}, fx.Options(
			fx.Provide(newCourier, newSMS, newNumberFilter),
			fx.Invoke(logTestNumbersOnStart),
		)
	}
	return Adapter{
			Port:    "sms",
			Name:    "outbox",
			StandIn: true,
			Note:    outboxNote(c),
		}, fx.Options(
			fx.Provide(
				func() *fake.Outbox { return &fake.Outbox{} },
				func(o *fake.Outbox) ports.SMS { return o },
				func() numberFilter { return nil },
			),
			fx.Invoke(logTestNumbersOnStart),
		)
}

// outboxNote says what the stand-in for SMS changes.
func outboxNote(c configs.Config) string {
	note := "codes are returned in the response as otp, not sent to a phone"
	if c.HasGenerousRateLimits() {
		note += "; a number gets one a second, unless RATE_LIMITS=production"
	}
	return note
}

// closeConnectionsTimeout is the time that the courier leaves for the components that
// stop after it.
const closeConnectionsTimeout = time.Second

// newSMS returns the courier, which stops with the program.
func newSMS(lc fx.Lifecycle, c *courier.Courier) ports.SMS {
	lc.Append(fx.Hook{OnStop: func(ctx context.Context) error {
		ctx, cancel := withEarlierDeadline(ctx, closeConnectionsTimeout)
		defer cancel()
		return c.Stop(ctx)
	}})
	return c
}

// withEarlierDeadline returns a context that ends earlier than ctx by d.
func withEarlierDeadline(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-d))
}

// newNumberFilter returns a filter that allows possible numbers in SMS_COUNTRIES.
func newNumberFilter(c configs.Config) (numberFilter, error) {
	filter, err := region.New(c.SMSCountries)
	if err != nil {
		return nil, fmt.Errorf("SMS_COUNTRIES: %w", err)
	}
	return filter.Check, nil
}

// newLoginPolicy returns the policy of logins.
func newLoginPolicy(c configs.Config, s secrets, filter numberFilter) login.Policy {
	limits := login.ProductionLimits
	if c.HasGenerousRateLimits() {
		limits = login.GenerousLimits
	}
	limits.DeviceCodesPerCountry = c.DeviceCodes
	return login.Policy{
		Country:        region.CountryOf,
		TokenTTL:       c.TokenTTL,
		SessionTTL:     c.SessionTTL,
		RefreshKeys:    session.NewRefreshKeys(s),
		OTPKeys:        otp.NewKeys(s),
		NumberKeys:     quota.NewNumberKeys(s),
		EchoCode:       c.Env == configs.Development && !c.SendsSMS(),
		AllowNumber:    filter,
		AutofillSuffix: c.SMSAutofillSuffix,
		TestNumbers:    c.SMSTestNumbers,
		Limits:         limits,
	}
}

func logTestNumbersOnStart(lc fx.Lifecycle, c configs.Config, clock ports.Clock, log *slog.Logger) {
	lc.Append(fx.StartHook(func() { logTestNumbers(c.SMSTestNumbers, clock.Now(), log) }))
}

// logTestNumbers logs a warning for each test number, because a fixed code is a
// security risk.
func logTestNumbers(all otp.TestNumbers, now time.Time, log *slog.Logger) {
	for _, t := range all {
		log := log.With("mobile_number", t.Number, "until", t.Expires)
		if _, ok := all.Find(t.Number, now); ok {
			log.Warn("test number with a fixed code is active")
		} else {
			log.Warn("test number has expired and can be removed from SMS_TEST_NUMBERS")
		}
	}
}
