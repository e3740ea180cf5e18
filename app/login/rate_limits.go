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

// Limits are the rate limits of a number and of a client address. Guesses of codes and
// passwords have additional limits, which are constant.
type Limits struct {
	ResendAfter    time.Duration // minimum time between two codes for a number and purpose
	CodesPerHour   int           // for one number
	CodesPerDay    int           // for one number
	CodesPerPrefix int           // an hour, for all numbers with the same prefix
	PerAddress     int           // requests of one Action from one address: an hour, or 5 minutes for ActionTrySecret
}

// ProductionLimits stop strangers from sending many SMS and from guessing.
var ProductionLimits = Limits{
	ResendAfter:    otp.ResendAfter,
	CodesPerHour:   5,
	CodesPerDay:    10,
	CodesPerPrefix: 20,
	PerAddress:     30,
}

// GenerousLimits are for servers that send no SMS, so that nobody waits for a code during
// development.
var GenerousLimits = Limits{
	ResendAfter:    time.Second,
	CodesPerHour:   3600,      // one a second
	CodesPerDay:    24 * 3600, // one a second
	CodesPerPrefix: 100_000,
	PerAddress:     10_000,
}

// LimitAddress counts an action of a client address, and fails with fault.ErrRateLimited
// when the address has reached Limits.PerAddress.
//
// All addresses of an IPv6 /64 network share one limit, because one subscriber usually owns
// all of them. In addition, a /48 network has a limit that is ten times as high. A /48 is
// the largest network that one site gets (RFC 6177). An IPv6 address that contains an IPv4
// address, such as one of 6to4 or NAT64, shares the limit of that IPv4 address.
func (s *Service) LimitAddress(ctx context.Context, a Action, address netip.Addr) error {
	limits := s.config.Policy.Limits.ofAddress(a, embeddedIPv4(address))
	if err := s.config.Limiter.Take(ctx, s.config.Clock.Now(), limits...); err != nil {
		return fmt.Errorf("rate-limiting the address: %w", err)
	}
	return nil
}

// ofAddress returns the rate limits of an action of a client address.
func (l Limits) ofAddress(a Action, address netip.Addr) []ports.RateLimit {
	window := time.Hour
	if a == ActionTrySecret {
		window = 5 * time.Minute
	}
	limit := func(network string, n int) ports.RateLimit {
		return ports.RateLimit{Key: "address:" + string(a) + ":" + network, Limit: n, Window: window}
	}
	if !address.Is6() {
		return []ports.RateLimit{limit(address.String(), l.PerAddress)}
	}
	subscriber, _ := address.Prefix(64)
	site, _ := address.Prefix(48)
	return []ports.RateLimit{limit(subscriber.String(), l.PerAddress), limit(site.String(), 10*l.PerAddress)}
}

// ofCode returns the rate limits of sending a code to a number. The limit of the prefix
// stops SMS pumping (phone.Number.Prefix).
func (l Limits) ofCode(p otp.Purpose, n phone.Number) []ports.RateLimit {
	return []ports.RateLimit{
		{Key: "resend:" + string(p) + ":" + n.String(), Limit: 1, Window: l.ResendAfter},
		{Key: "number:" + n.String(), Limit: l.CodesPerHour, Window: time.Hour},
		{Key: "number:" + n.String(), Limit: l.CodesPerDay, Window: 24 * time.Hour},
		{Key: "prefix:" + n.Prefix(), Limit: l.CodesPerPrefix, Window: time.Hour},
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
