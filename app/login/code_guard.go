package login

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	// takeTimeout limits how long a request for a code waits for the count of its country.
	takeTimeout = 500 * time.Millisecond
	// errorInterval is the minimum time between two calls of OnError.
	errorInterval = time.Minute
)

// GuardRule is a rule of a CodeGuard.
type GuardRule string

// The rules. Their values are labels of metrics.
const (
	RuleCap        GuardRule = "cap"         // the daily codes of a country, for everybody
	RuleUnverified GuardRule = "unverified"  // too many codes of a country have expired, for strangers
	RuleWrongCodes GuardRule = "wrong_codes" // too many wrong codes in all countries, for strangers
)

// GuardConfig is what a CodeGuard needs.
type GuardConfig struct {
	Counts  ports.CodeCounts
	Limiter ports.Limiter
	Country func(phone.Number) string
	Cap     int  // codes of a country and UTC day; 0 means no limit
	Enforce bool // refuse because of RuleUnverified and RuleWrongCodes; otherwise only report that

	// OnRefusal is called for each request that a rule refuses, or would refuse: then enforced is false.
	OnRefusal func(rule GuardRule, enforced bool)
	// OnClosed is called when a country reaches its cap or is closed, once a day in a process.
	OnClosed func(rule GuardRule, country string, day otp.CountryDay)
	// OnWrongCodes is called when wrong codes become excessive, and when they are not any more.
	OnWrongCodes func(excessive bool, w otp.WrongCodes)
	// OnError is called when the counts cannot be read or written, at most once a minute. Nothing
	// is refused for that reason.
	OnError func(error)
}

// CodeGuard protects against SMS pumping and guesses at many numbers. It knows the counts of all
// processes, which it reads in the background. So no request waits for them, except for the cap.
type CodeGuard struct {
	config GuardConfig

	mu      sync.Mutex
	pending map[otp.CountKey]otp.CodeCount // not stored yet
	used    bool                           // since the last call of Sync
	state   guardState
	logged  map[GuardRule]map[string]quota.Day // the last OnClosed of each rule and country

	lastError time.Time // when OnError was called
}

// NewCodeGuard returns a CodeGuard.
func NewCodeGuard(c GuardConfig) *CodeGuard {
	return &CodeGuard{
		config:  c,
		pending: map[otp.CountKey]otp.CodeCount{},
		logged:  map[GuardRule]map[string]quota.Day{RuleCap: {}, RuleUnverified: {}},
	}
}

// admit decides whether a code may be sent for a slot at now. It fails with
// otp.ErrCountryClosed for a stranger whose country is closed.
func (g *CodeGuard) admit(slot otp.Slot, now time.Time) error {
	if slot.Device != "" {
		return nil
	}
	if !g.isClosed(g.config.Country(slot.Number), now) {
		return nil
	}
	g.config.OnRefusal(RuleUnverified, g.config.Enforce)
	if !g.config.Enforce {
		return nil
	}
	return otp.UntilTomorrow(otp.ErrCountryClosed, now)
}

// take counts a code of a slot at now. It fails with otp.ErrCountryCap if the codes of the country
// are used up. If the counts are unavailable or slow, take calls OnError and returns nil.
func (g *CodeGuard) take(ctx context.Context, slot otp.Slot, now time.Time) error {
	country, limit := g.config.Country(slot.Number), g.config.Cap
	if slot.Device == "" {
		limit = otp.StrangersShare(limit)
	}
	ctx, cancel := context.WithTimeout(ctx, takeTimeout)
	defer cancel()
	err := g.config.Counts.Take(ctx, quota.DayOf(now), country, limit)
	if !errors.Is(err, otp.ErrCountryCap) {
		g.report(err, now)
		return nil
	}
	g.config.OnRefusal(RuleCap, true)
	g.logClosed(RuleCap, country, quota.DayOf(now), otp.CountryDay{})
	return otp.UntilTomorrow(otp.ErrCountryCap, now)
}

// giveBack undoes take. The client may have disconnected already.
func (g *CodeGuard) giveBack(ctx context.Context, slot otp.Slot, now time.Time) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeTimeout)
	defer cancel()
	g.report(g.config.Counts.GiveBack(ctx, quota.DayOf(now), g.config.Country(slot.Number)), now)
}

// countIssued counts a new code of a slot that was sent.
func (g *CodeGuard) countIssued(slot otp.Slot, issued time.Time) {
	g.count(slot, issued, otp.CodeCount{Issued: 1})
}

// countTried counts a code that was entered at now with the result tried and err.
func (g *CodeGuard) countTried(slot otp.Slot, tried otp.Tried, now time.Time, err error) {
	switch {
	case !tried.Compared:
	case err == nil:
		g.count(slot, tried.Issued, otp.CodeCount{Verified: 1})
	case errors.Is(err, otp.ErrBadCode):
		g.count(slot, now, otp.CodeCount{Wrong: 1})
	}
}

// count adds to the counts of strangers, which the next call of Sync stores.
func (g *CodeGuard) count(slot otp.Slot, at time.Time, c otp.CodeCount) {
	if slot.Device != "" {
		return
	}
	key := otp.CountKey{Period: otp.PeriodOf(at), Country: g.config.Country(slot.Number)}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.used = true
	g.pending[key] = g.pending[key].Plus(c)
}

// takeTry counts a try of a network of strangers while wrong codes are excessive. It fails with
// fault.ErrRateLimited if the network has tried a code in the last otp.SlowTryInterval.
func (g *CodeGuard) takeTry(ctx context.Context, slot otp.Slot, network string, now time.Time) error {
	if slot.Device != "" || !g.isSlow() {
		return nil
	}
	limit := ports.RateLimit{Key: "slow:" + network, Limit: 1, Window: otp.SlowTryInterval}
	err := g.config.Limiter.Take(ctx, now, limit)
	if !errors.Is(err, fault.ErrRateLimited) {
		g.report(err, now)
		return nil
	}
	g.config.OnRefusal(RuleWrongCodes, g.config.Enforce)
	if !g.config.Enforce {
		return nil
	}
	return fmt.Errorf("slowing the network down: %w", err)
}

// report calls OnError for an error, at most once in errorInterval. It ignores the error of a
// client that has disconnected.
func (g *CodeGuard) report(err error, now time.Time) {
	if err == nil || errors.Is(err, context.Canceled) {
		return
	}
	g.mu.Lock()
	recent := now.Sub(g.lastError) < errorInterval
	if !recent {
		g.lastError = now
	}
	g.mu.Unlock()
	if !recent {
		g.config.OnError(err)
	}
}

// logClosed calls OnClosed, once for a country and day.
func (g *CodeGuard) logClosed(rule GuardRule, country string, day quota.Day, counts otp.CountryDay) {
	g.mu.Lock()
	logged := g.logged[rule][country] == day
	g.logged[rule][country] = day
	g.mu.Unlock()
	if !logged {
		g.config.OnClosed(rule, country, counts)
	}
}
