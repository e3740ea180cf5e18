// Package lockout simulates strangers who guess codes and passwords and request codes, with
// the real use case of logins and the stores in memory. It shows whether the owner of a number
// can log in, and how likely the strangers are to log in.
package lockout

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/app/login"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/ports"
)

var runWhole = flag.Bool("whole", false, "simulate all hours and owners, and compute the chart; takes a minute")

// times returns how often a test repeats something: whole with the flag -whole, otherwise short.
func times(whole, short int) int {
	if *runWhole {
		return whole
	}
	return short
}

// needsWhole skips a test that has no short form.
func needsWhole(t *testing.T) {
	t.Helper()
	if !*runWhole {
		t.Skip("NOT RUN: needs -whole")
	}
}

// world is the use case of logins in simulated time. It implements ports.Clock, ports.SMS and ports.Tokens.
type world struct {
	testing.TB
	*login.Service
	random    *rand.Rand
	now       time.Time
	texts     map[phone.Number]string // the code in the last text to each number
	sent      map[phone.Number]int    // texts
	codes     int                     // wrong codes that were compared
	passwords int                     // passwords that were compared
	addresses int                     // that were given out
	strangers []*stranger
}

// begin is a time without a meaning.
var begin = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func newWorld(t testing.TB, seed uint64) *world {
	t.Helper()
	w := &world{
		TB:     t,
		random: rand.New(rand.NewPCG(seed, 0)),
		now:    begin,
		texts:  map[phone.Number]string{},
		sent:   map[phone.Number]int{},
	}
	store := memory.New()
	limiter, limits := memory.NewLimiter(), login.ProductionLimits
	limits.DeviceCodesPerCountry = 1000
	w.Service = login.New(login.Config{
		Users:     memory.Users{Store: store},
		Passwords: memory.Passwords{Store: store},
		Codes:     countedCodes{memory.Codes{Store: store}, w},
		Sessions:  memory.Sessions{Store: store},
		Devices:   memory.Devices{Store: store},
		Tokens:    w,
		Hasher:    countedHasher{&fake.Hasher{}, w},
		SMS:       w,
		Limiter:   limiter,
		Guard:     newGuard(store, limiter),
		Clock:     w,
		Random:    rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)}),
		Policy: login.Policy{
			TokenTTL:    time.Hour,
			SessionTTL:  time.Hour,
			RefreshKeys: session.NewRefreshKeys([][]byte{[]byte("a key of the simulation")}),
			OTPKeys:     otp.NewKeys([][]byte{[]byte("a key of the simulation")}),
			Limits:      limits,
			Country:     noCountry,
		},
	})
	return w
}

func noCountry(phone.Number) string { return "ZZ" }

// newGuard returns a guard that refuses nothing, because the figures are those of all other limits.
func newGuard(s *memory.Store, l *memory.Limiter) *login.CodeGuard {
	return login.NewCodeGuard(login.GuardConfig{
		Counts:    memory.CodeCounts{Store: s},
		Limiter:   l,
		Country:   noCountry,
		OnRefusal: func(login.GuardRule, bool) {},
	})
}

// Now implements ports.Clock.
func (w *world) Now() time.Time { return w.now }

// Send implements ports.SMS.
func (w *world) Send(_ context.Context, to phone.Number, text string) error {
	w.texts[to] = regexp.MustCompile(`[0-9]{6}`).FindString(text)
	w.sent[to]++
	return nil
}

// Sign implements ports.Tokens.
func (w *world) Sign(a session.Access) (string, error) { return string(a.Session), nil }

// Verify implements ports.Tokens. The simulation sends no access tokens.
func (w *world) Verify(string, time.Time) (session.Access, error) {
	return session.Access{}, session.ErrBadToken
}

// countedCodes counts the wrong codes that are compared.
type countedCodes struct {
	ports.Codes
	w *world
}

// Try implements ports.Codes.
func (c countedCodes) Try(ctx context.Context, a otp.Attempt, now time.Time) (otp.Tried, error) {
	tried, err := c.Codes.Try(ctx, a, now)
	if err != nil && tried.Compared {
		c.w.codes++
	}
	return tried, err
}

// countedHasher counts the passwords that are compared.
type countedHasher struct {
	ports.Hasher
	w *world
}

// Match implements ports.Hasher.
func (h countedHasher) Match(ctx context.Context, hash, password string) (bool, error) {
	h.w.passwords++
	return h.Hasher.Match(ctx, hash, password)
}

// number returns the n-th number. Numbers in the same hundred share a prefix.
func number(n int) phone.Number {
	parsed, err := phone.Parse(fmt.Sprintf("+1%06d%04d", 200_000+n/100, n%100))
	if err != nil {
		panic(err)
	}
	return parsed
}

// newAddress returns an address that nobody has used.
func (w *world) newAddress() netip.Addr {
	w.addresses++
	return netip.AddrFrom4([4]byte{198, 18, byte(w.addresses >> 8), byte(w.addresses)})
}

// refused returns the wait of a request that was refused because of a rate limit. It fails the
// test for other errors than those of wrong secrets.
func (w *world) refused(err error) time.Duration {
	w.Helper()
	if errors.Is(err, fault.ErrRateLimited) {
		return fault.Of(err).RetryAfter
	}
	if err != nil && fault.Of(err).Kind != fault.Refused && fault.Of(err).Kind != fault.Unauthorized {
		w.Fatalf("a request failed: %v", err)
	}
	return 0
}

// pass lets time pass, in which the strangers act every second.
func (w *world) pass(d time.Duration) {
	w.Helper()
	for end := w.now.Add(d); w.now.Before(end); w.now = w.now.Add(time.Second) {
		for _, s := range w.strangers {
			s.act()
		}
	}
}
