package login

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	// guardInterval is how often Run stores counts and reads those of all processes.
	guardInterval = time.Second
	// syncTimeout limits a call of Sync.
	syncTimeout = 2 * time.Second
	// maxStateAge is how long the last counts are used while the store cannot be read.
	maxStateAge = time.Minute
)

// guardState is what a CodeGuard knows from the counts of all processes.
type guardState struct {
	read    time.Time // when the counts were read
	closed  map[string]otp.CountryDay
	wrong   otp.WrongCodes
	history guardHistory
}

// guardHistory has the codes that were verified on the days before one.
type guardHistory struct {
	day       quota.Day
	read      bool
	countries map[string]int // on the best day of each country
	all       int            // on the best day of all countries together
}

// isClosed reports whether strangers get no codes for a country at now.
func (g *CodeGuard) isClosed(country string, now time.Time) bool {
	s := g.current()
	_, closed := s.closed[country]
	return closed && quota.DayOf(s.read) == quota.DayOf(now)
}

// isSlow reports whether wrong codes are excessive.
func (g *CodeGuard) isSlow() bool { return g.current().wrong.Excessive() }

// current returns the last state, and makes the next call of Sync read the counts.
func (g *CodeGuard) current() guardState {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.used = true
	return g.state
}

// Run calls Sync every second until ctx ends, and once more then.
func (g *CodeGuard) Run(ctx context.Context, clock ports.Clock) {
	ticker := time.NewTicker(guardInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			g.Sync(context.WithoutCancel(ctx), clock.Now())
			return
		case <-ticker.C:
			g.Sync(ctx, clock.Now())
		}
	}
}

// Sync stores the counts of this process, and reads those of all processes. It does nothing if
// the guard was not used since its last call. On an error it calls OnError and keeps the counts
// for its next call. So counts whose response was lost are stored twice.
func (g *CodeGuard) Sync(ctx context.Context, now time.Time) {
	if !g.takeUsed() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, syncTimeout)
	defer cancel()
	err := g.store(ctx)
	if err == nil {
		var s guardState
		if s, err = g.readState(ctx, now); err == nil {
			g.setState(s)
			return
		}
	}
	g.report(err, now)
	g.forgetOldState(now)
}

// forgetOldState removes the state after maxStateAge, so that old counts refuse nothing, and
// makes the next call of Sync try again.
func (g *CodeGuard) forgetOldState(now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.used = true
	if now.Sub(g.state.read) > maxStateAge {
		g.state = guardState{}
	}
}

// takeUsed reports whether the guard was used since the last call of takeUsed.
func (g *CodeGuard) takeUsed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	used := g.used || g.state.wrong.Excessive() // to see the end also if nobody tries a code
	g.used = false
	return used
}

// store adds the pending counts to those of all processes.
func (g *CodeGuard) store(ctx context.Context) error {
	g.mu.Lock()
	pending := maps.Clone(g.pending)
	clear(g.pending)
	g.mu.Unlock()
	if len(pending) == 0 {
		return nil
	}
	err := g.config.Counts.Add(ctx, pending)
	if err == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for key, count := range pending {
		g.pending[key] = g.pending[key].Plus(count)
	}
	return fmt.Errorf("storing the counts of codes: %w", err)
}

// readState reads the counts of the day, of the last hour and, once a day, of the days before.
func (g *CodeGuard) readState(ctx context.Context, now time.Time) (guardState, error) {
	h, err := g.readHistory(ctx, quota.DayOf(now))
	if err != nil {
		return guardState{}, err
	}
	start := startOf(h.day)
	today, err := g.config.Counts.Sum(ctx, start, h.day.End())
	if err != nil {
		return guardState{}, fmt.Errorf("reading the codes of the day: %w", err)
	}
	expired, err := g.config.Counts.Sum(ctx, start, otp.ExpiredBefore(now))
	if err != nil {
		return guardState{}, fmt.Errorf("reading the expired codes: %w", err)
	}
	next := otp.PeriodOf(now).Add(otp.CountPeriod)
	hour, err := g.config.Counts.Sum(ctx, next.Add(-time.Hour), next)
	if err != nil {
		return guardState{}, fmt.Errorf("reading the wrong codes: %w", err)
	}
	return newGuardState(now, h, today, expired, hour), nil
}

// newGuardState applies the rules to the counts of today, of its expired periods, and of the last hour.
func newGuardState(now time.Time, h guardHistory, today, expired, hour map[string]otp.CodeCount) guardState {
	s := guardState{read: now, closed: map[string]otp.CountryDay{}, history: h}
	for country, counts := range expired {
		day := otp.CountryDay{
			Expired:      counts.Issued - counts.Verified,
			BestVerified: max(h.countries[country], today[country].Verified),
		}
		if day.Closed() {
			s.closed[country] = day
		}
	}
	s.wrong = otp.WrongCodes{LastHour: total(hour).Wrong, BestVerified: max(h.all, total(today).Verified)}
	return s
}

// readHistory returns the best of the days before a day. It reads them once for each day.
func (g *CodeGuard) readHistory(ctx context.Context, day quota.Day) (guardHistory, error) {
	g.mu.Lock()
	h := g.state.history
	g.mu.Unlock()
	if h.read && h.day == day {
		return h, nil
	}
	h = guardHistory{day: day, read: true, countries: map[string]int{}}
	for before := range quota.Day(otp.BestOfDays) {
		d := day - 1 - before
		sums, err := g.config.Counts.Sum(ctx, startOf(d), d.End())
		if err != nil {
			return h, fmt.Errorf("reading the codes of earlier days: %w", err)
		}
		for country, counts := range sums {
			h.countries[country] = max(h.countries[country], counts.Verified)
		}
		h.all = max(h.all, total(sums).Verified)
	}
	return h, nil
}

// setState replaces the state, and reports what has changed.
func (g *CodeGuard) setState(s guardState) {
	g.mu.Lock()
	before := g.state.wrong
	g.state = s
	g.mu.Unlock()
	for country, day := range s.closed {
		g.logClosed(RuleUnverified, country, quota.DayOf(s.read), day)
	}
	if s.wrong.Excessive() != before.Excessive() {
		g.config.OnWrongCodes(s.wrong.Excessive(), s.wrong)
	}
}

// startOf returns the start of a UTC day.
func startOf(d quota.Day) time.Time { return (d - 1).End() }

// total returns the sum of the counts of all countries.
func total(counts map[string]otp.CodeCount) (sum otp.CodeCount) {
	for _, c := range counts {
		sum = sum.Plus(c)
	}
	return sum
}
