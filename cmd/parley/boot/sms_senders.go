package boot

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"time"

	"github.com/kuvaka-tech/parley/adapters/courier"
	"github.com/kuvaka-tech/parley/adapters/metrics"
	"github.com/kuvaka-tech/parley/adapters/smshook"
	"github.com/kuvaka-tech/parley/adapters/twilio"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
)

// smsDelay is longer than the response to a request for a code takes.
const smsDelay = 100 * time.Millisecond

// newSender opens a sender with the variables that start with its name.
type newSender func(*configs.SMSSender) (ports.SMS, error)

// smsSenders returns the constructors of the known senders, by their name in SMS_SENDERS.
func smsSenders(c configs.Config, random io.Reader, clock ports.Clock) map[string]newSender {
	return map[string]newSender{
		"twilio": newTwilio,
		"hook": func(*configs.SMSSender) (ports.SMS, error) {
			return smshook.New(smshook.Config{
				URL:    c.SMSHookURL,
				Key:    c.SMSHookKey,
				Random: random,
				Clock:  clock,
			})
		},
	}
}

func newTwilio(s *configs.SMSSender) (ports.SMS, error) {
	return twilio.New(twilio.Config{
		AccountSID: s.Require("ACCOUNT_SID"),
		AuthToken:  s.Require("AUTH_TOKEN"),
		From:       s.Require("FROM"),
		BaseURL:    s.BaseURL,
	})
}

// newCourier opens all configured senders. The error lists the problems of all of them.
func newCourier(
	c configs.Config, random io.Reader, clock ports.Clock, log *slog.Logger, m *metrics.Metrics,
) (*courier.Courier, error) {
	var senders []courier.Sender
	var problems []error
	for _, s := range c.SMSSenders {
		sms, err := openSender(smsSenders(c, random, clock), s)
		problems = append(problems, err)
		senders = append(senders, courier.Sender{Name: s.Name, SMS: sms})
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("the configuration has problems:\n%w", err)
	}
	return courier.New(courier.Config{
		Senders: senders,
		Delay:   smsDelay,
		Jitter:  mathrand.Float64,
		Random:  random,
		Clock:   clock,
		Log:     log,
		Observe: m.SMSAttempt,
	})
}

// openSender opens one sender. If required variables are missing, it fails with their
// names instead of the adapter's error.
func openSender(known map[string]newSender, s configs.SMSSender) (ports.SMS, error) {
	open, err := lookup(known, s.Name, "SMS_SENDERS")
	if err != nil {
		return nil, err
	}
	sms, err := open(&s)
	if missing := s.Missing(); missing != nil {
		return nil, missing
	}
	if err != nil {
		return nil, fmt.Errorf("opening the SMS sender %s: %w", s.Name, err)
	}
	return sms, nil
}
