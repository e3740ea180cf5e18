package login

import (
	"context"
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/ports"
)

// Action is what an address does that costs money or tries secrets.
type Action string

const (
	Signups Action = "signup"
	Sends   Action = "send"
	Tries   Action = "try"
)

// Admit counts an action of a client's address: 30 signups and 30 sends an hour,
// 30 tries of a code or password in 5 minutes. It fails with fault.RateLimited.
func (l *Login) Admit(ctx context.Context, a Action, address string) error {
	window := time.Hour
	if a == Tries {
		window = 5 * time.Minute
	}
	b := ports.Budget{Key: "address:" + string(a) + ":" + address, Limit: 30, Window: window}
	if err := l.limiter.Take(ctx, l.clock.Now(), b); err != nil {
		return fmt.Errorf("taking the address's budget: %w", err)
	}
	return nil
}

// sendBudgets are what one SMS to a number takes from. The prefix's catches
// those who pump messages through a block of numbers.
func sendBudgets(p otp.Purpose, n phone.Number) []ports.Budget {
	return []ports.Budget{
		{Key: "resend:" + string(p) + ":" + n.String(), Limit: 1, Window: otp.ResendAfter},
		{Key: "number:" + n.String(), Limit: 5, Window: time.Hour},
		{Key: "number:" + n.String(), Limit: 10, Window: 24 * time.Hour},
		{Key: "prefix:" + n.Prefix(), Limit: 20, Window: time.Hour},
	}
}

// passwordBudget bounds how many guesses at an account's password are looked at.
func passwordBudget(n phone.Number) ports.Budget {
	return ports.Budget{Key: "password:" + n.String(), Limit: 10, Window: time.Hour}
}
