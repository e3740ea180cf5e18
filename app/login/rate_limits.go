package login

import (
	"context"
	"net/netip"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/otp"
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
	ResendAfter     time.Duration // minimum time between two codes for a number and purpose
	CodesPerDay     int           // for one number by strangers
	CodesPerPrefix  int           // an hour, for all numbers with the same prefix, by strangers
	UserCodesPerDay int           // that a user requests for new numbers
	PerAddress      int           // requests of one Action from one address: an hour, or 5 minutes for ActionTrySecret

	DeviceCodesPerHour int // for one known device
	KnownCodesPerHour  int // for all known devices of a number
	KnownCodesPerDay   int // for all known devices of a number
	// DeviceCodesPerCountry is for all known devices with numbers of a country, an hour. It
	// has no default here.
	DeviceCodesPerCountry int
}

// ProductionLimits stop strangers from sending many SMS and from guessing.
var ProductionLimits = Limits{
	ResendAfter:     otp.ResendAfter,
	CodesPerDay:     10,
	CodesPerPrefix:  20,
	UserCodesPerDay: 10,
	PerAddress:      30,

	DeviceCodesPerHour: 5,
	KnownCodesPerHour:  10,
	KnownCodesPerDay:   40,
}

// GenerousLimits are for servers that send no SMS, so that nobody waits for a code during
// development.
var GenerousLimits = Limits{
	ResendAfter:     time.Second,
	CodesPerDay:     24 * 3600, // one a second
	CodesPerPrefix:  100_000,
	UserCodesPerDay: 24 * 3600,
	PerAddress:      10_000,

	DeviceCodesPerHour: 3600,
	KnownCodesPerHour:  3600,
	KnownCodesPerDay:   24 * 3600,
}

// limitAddress counts an action of a client address, and fails with fault.ErrRateLimited
// when the address has reached Limits.PerAddress.
//
// All addresses of an IPv6 /64 network share one limit, because one subscriber usually owns
// all of them. In addition, a /48 network has a limit that is ten times as high. A /48 is
// the largest network that one site gets (RFC 6177).
func (s *Service) limitAddress(ctx context.Context, a Action, address netip.Addr) error {
	return s.take(ctx, "the address", s.config.Policy.Limits.ofAddress(a, address)...)
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

// changePasswordLimit limits the guesses of the old password by a logged-in user.
func changePasswordLimit(userID id.ID) ports.RateLimit {
	return ports.RateLimit{Key: "password:" + string(userID), Limit: passwordGuesses, Window: time.Hour}
}
