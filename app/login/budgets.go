package login

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	// reserved is the part of a budget that is kept for newcomers: five networks of
	// strangers, the owner on a new device, and one code after a dead one.
	reserved = 7
	// newcomerWindow is how long a network has used no budget before it is a newcomer again.
	newcomerWindow = 24 * time.Hour

	passwordGuesses  = 10 // an hour, for one number by strangers, and for one known device
	deviceCodeTries  = 40 // a day, for one known device
	replacementCodes = 1  // a day, for one number
)

// takeAsStranger counts an event of a network against budgets, which all strangers share, and
// against the limits own, which have no reserve. A newcomer may use the whole budgets. A network
// is a newcomer if it has not used the last one of budgets in newcomerWindow. The other networks
// together may use all but the reserved part of each budget. So strangers with up to five
// networks cannot use up a budget. takeAsStranger returns the limits against which it counted
// the event. It fails with fault.ErrRateLimited.
func (s *Service) takeAsStranger(
	ctx context.Context, now time.Time, network string, own, budgets []ports.RateLimit,
) ([]ports.RateLimit, error) {
	first := ports.RateLimit{
		Key:    "newcomer:" + budgets[len(budgets)-1].Key + ":" + network,
		Limit:  1,
		Window: newcomerWindow,
	}
	limits := slices.Concat(own, budgets, []ports.RateLimit{first})
	asNewcomer := s.config.Limiter.Take(ctx, now, limits...)
	if !errors.Is(asNewcomer, fault.ErrRateLimited) {
		return limits, asNewcomer
	}
	limits[len(limits)-1].Limit = 1 << 30 // counts the event, so that the network does not become a newcomer
	for _, b := range budgets {
		limits = append(limits, ports.RateLimit{Key: b.Key + ":again", Limit: b.Limit - reserved, Window: b.Window})
	}
	again := s.config.Limiter.Take(ctx, now, limits...)
	if errors.Is(again, fault.ErrRateLimited) && fault.Of(asNewcomer).RetryAfter < fault.Of(again).RetryAfter {
		return nil, asNewcomer
	}
	return limits, again
}

// takeCode counts a code that is sent for a slot at now, and returns the limits against which it
// counted the code. last is the last challenge of the slot. The first code after a dead one may
// use the reserved part of the budgets. Otherwise strangers could use up the other part before
// they guess. takeCode fails with fault.ErrRateLimited.
func (s *Service) takeCode(
	ctx context.Context, now time.Time, c Client, last otp.Challenge, slot otp.Slot,
) ([]ports.RateLimit, error) {
	limits := s.config.Policy.Limits
	own := []ports.RateLimit{limits.resend(slot)}
	if slot.Device != "" {
		own = append(own, limits.ofDevice(slot.Device, slot.Number, s.config.Policy.Country(slot.Number))...)
		return own, s.takeAt(ctx, now, "the device", own...)
	}
	if slot.User != "" {
		own = append(own, limits.ofUser(slot.User))
	}
	budgets := limits.ofNumber(slot.Number)
	taken, err := s.takeAsStranger(ctx, now, c.network(), own, budgets)
	if last.Dead() && errors.Is(err, fault.ErrRateLimited) {
		replacement := slices.Concat(own, budgets, []ports.RateLimit{replacementLimit(slot.Number)})
		if s.config.Limiter.Take(ctx, now, replacement...) == nil {
			return replacement, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("rate-limiting the number: %w", err)
	}
	return taken, nil
}

// take counts an event against limits. It fails with fault.ErrRateLimited.
func (s *Service) take(ctx context.Context, what string, limits ...ports.RateLimit) error {
	return s.takeAt(ctx, s.config.Clock.Now(), what, limits...)
}

// takeAt counts an event at now against limits. It fails with fault.ErrRateLimited.
func (s *Service) takeAt(ctx context.Context, now time.Time, what string, limits ...ports.RateLimit) error {
	if err := s.config.Limiter.Take(ctx, now, limits...); err != nil {
		return fmt.Errorf("rate-limiting %s: %w", what, err)
	}
	return nil
}

// resend limits how often a code is sent for a slot.
func (l Limits) resend(slot otp.Slot) ports.RateLimit {
	key := "resend:" + string(slot.Purpose) + ":" + slot.Number.String() + ":" + string(slot.Device) + string(slot.User)
	return ports.RateLimit{Key: key, Limit: 1, Window: l.ResendAfter}
}

// ofUser limits the codes that a user requests for new numbers, so that an account cannot be used to
// send SMS to many numbers.
func (l Limits) ofUser(userID id.ID) ports.RateLimit {
	return ports.RateLimit{Key: "change:" + string(userID), Limit: l.UserCodesPerDay, Window: 24 * time.Hour}
}

// replacementLimit limits the codes that strangers get from the reserve after a dead one.
func replacementLimit(n phone.Number) ports.RateLimit {
	return ports.RateLimit{Key: "replacement:" + n.String(), Limit: replacementCodes, Window: 24 * time.Hour}
}

// ofNumber returns the budgets of the codes that strangers request for a number. The budget
// of the prefix stops SMS pumping (phone.Number.Prefix).
func (l Limits) ofNumber(n phone.Number) []ports.RateLimit {
	return []ports.RateLimit{
		{Key: "number:" + n.String(), Limit: l.CodesPerDay, Window: 24 * time.Hour},
		{Key: "prefix:" + n.Prefix(), Limit: l.CodesPerPrefix, Window: time.Hour},
	}
}

// ofDevice returns the rate limits of the codes that a known device of a number requests. Only
// known devices use up these limits. A user can have any number of known devices, so the number has
// limits for all of them.
func (l Limits) ofDevice(d session.DeviceID, n phone.Number, country string) []ports.RateLimit {
	return []ports.RateLimit{
		{Key: "device:" + string(d), Limit: l.DeviceCodesPerHour, Window: time.Hour},
		{Key: "devices:" + n.String(), Limit: l.KnownCodesPerHour, Window: time.Hour},
		{Key: "devices:" + n.String(), Limit: l.KnownCodesPerDay, Window: 24 * time.Hour},
		{Key: "country:" + country, Limit: l.DeviceCodesPerCountry, Window: time.Hour},
	}
}

// takeCodeTry counts a code that a known device enters. The codes of strangers are limited
// by otp.Try. It fails with fault.ErrRateLimited.
func (s *Service) takeCodeTry(ctx context.Context, d session.DeviceID) error {
	if d == "" {
		return nil
	}
	limit := ports.RateLimit{Key: "try:" + string(d), Limit: deviceCodeTries, Window: 24 * time.Hour}
	return s.take(ctx, "the codes of the device", limit)
}

// takePasswordGuess counts a guess of the password of a number. The guesses of strangers do
// not use up those of a known device, nor those of a logged-in user (changePasswordLimit).
// It fails with fault.ErrRateLimited.
func (s *Service) takePasswordGuess(ctx context.Context, c Client, n phone.Number, d session.DeviceID) error {
	if d != "" {
		limit := ports.RateLimit{Key: "password:" + string(d), Limit: passwordGuesses, Window: time.Hour}
		return s.take(ctx, "the passwords of the device", limit)
	}
	budget := ports.RateLimit{Key: "password:" + n.String(), Limit: passwordGuesses, Window: time.Hour}
	now := s.config.Clock.Now()
	if _, err := s.takeAsStranger(ctx, now, c.network(), nil, []ports.RateLimit{budget}); err != nil {
		return fmt.Errorf("rate-limiting password guesses: %w", err)
	}
	return nil
}
