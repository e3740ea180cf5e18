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

// Action is a kind of request that is rate-limited per client address.
type Action string

// The actions. Their values are part of the limiter's keys.
const (
	ActionSignup    Action = "signup"
	ActionSendCode  Action = "send"
	ActionTrySecret Action = "try" // an attempt with a code or a password
)

// LimitAddress counts an action of a client address, and fails with fault.ErrRateLimited
// when its limit is reached: 30 signups and 30 sent codes per hour, and 30 attempts with a
// code or password per 5 minutes.
//
// All addresses of an IPv6 /64 network share one limit, because one subscriber usually owns
// all of them. In addition, a /48 network has a limit that is ten times as high. A /48 is
// the largest network that one site gets (RFC 6177).
func (s *Service) LimitAddress(ctx context.Context, a Action, address netip.Addr) error {
	if err := s.config.Limiter.Take(ctx, s.config.Clock.Now(), addressLimits(a, address)...); err != nil {
		return fmt.Errorf("rate-limiting the address: %w", err)
	}
	return nil
}

// addressLimits returns the rate limits of an action of a client address.
func addressLimits(a Action, address netip.Addr) []ports.RateLimit {
	window := time.Hour
	if a == ActionTrySecret {
		window = 5 * time.Minute
	}
	limit := func(network string, n int) ports.RateLimit {
		return ports.RateLimit{Key: "address:" + string(a) + ":" + network, Limit: n, Window: window}
	}
	if !address.Is6() {
		return []ports.RateLimit{limit(address.String(), 30)}
	}
	subscriber, _ := address.Prefix(64)
	site, _ := address.Prefix(48)
	return []ports.RateLimit{limit(subscriber.String(), 30), limit(site.String(), 300)}
}

// codeLimits returns the rate limits of sending a code to a number. The limit of the prefix
// stops SMS pumping (phone.Number.Prefix).
func codeLimits(p otp.Purpose, n phone.Number) []ports.RateLimit {
	return []ports.RateLimit{
		{Key: "resend:" + string(p) + ":" + n.String(), Limit: 1, Window: otp.ResendAfter},
		{Key: "number:" + n.String(), Limit: 5, Window: time.Hour},
		{Key: "number:" + n.String(), Limit: 10, Window: 24 * time.Hour},
		{Key: "prefix:" + n.Prefix(), Limit: 20, Window: time.Hour},
	}
}

// loginPasswordLimit limits the password guesses of logins with a number. It is separate
// from changePasswordLimit. So an attacker who uses it up cannot block a logged-in owner
// from changing the password.
func loginPasswordLimit(n phone.Number) ports.RateLimit {
	return ports.RateLimit{Key: "password:" + n.String(), Limit: 10, Window: time.Hour}
}

// changePasswordLimit limits the guesses of the old password by a logged-in user.
func changePasswordLimit(userID id.ID) ports.RateLimit {
	return ports.RateLimit{Key: "password:" + string(userID), Limit: 10, Window: time.Hour}
}
