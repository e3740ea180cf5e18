package login

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
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
// 30 tries of a code or password in 5 minutes. An IPv6 address counts as its /64,
// since one subscriber has all of it, and ten times as much is allowed to its
// /48, the most that a site is given (RFC 6177). It fails with fault.RateLimited.
func (l *Login) Admit(ctx context.Context, a Action, address netip.Addr) error {
	if err := l.limiter.Take(ctx, l.clock.Now(), addressBudgets(a, address)...); err != nil {
		return fmt.Errorf("taking the address's budget: %w", err)
	}
	return nil
}

func addressBudgets(a Action, address netip.Addr) []ports.Budget {
	window := time.Hour
	if a == Tries {
		window = 5 * time.Minute
	}
	budget := func(of string, limit int) ports.Budget {
		return ports.Budget{Key: "address:" + string(a) + ":" + of, Limit: limit, Window: window}
	}
	if !address.Is6() {
		return []ports.Budget{budget(address.String(), 30)}
	}
	subscriber, _ := address.Prefix(64)
	site, _ := address.Prefix(48)
	return []ports.Budget{budget(subscriber.String(), 30), budget(site.String(), 300)}
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

// guessesAt and guessesBy bound how many guesses at an account's password are
// looked at: by those who know its number, and by one who is logged in, whom the
// former must not keep from changing it.
func guessesAt(n phone.Number) ports.Budget {
	return ports.Budget{Key: "password:" + n.String(), Limit: 10, Window: time.Hour}
}

func guessesBy(user id.ID) ports.Budget {
	return ports.Budget{Key: "password:" + string(user), Limit: 10, Window: time.Hour}
}
