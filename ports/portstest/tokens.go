package portstest

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/ports"
)

// Tokens is the contract of ports.Tokens. Each call of open must return an adapter with another key.
func Tokens(t *testing.T, open func(t *testing.T) ports.Tokens) {
	newTest := func(t *testing.T) *tokensTest { return &tokensTest{T: t, Tokens: open(t), other: open(t)} }
	runSuite(t, newTest, []requirement[*tokensTest]{
		{"Verify returns what was signed, with the times rounded down to seconds", (*tokensTest).roundTrip},
		{"a token is valid exactly until it expires", (*tokensTest).expiry},
		{"Verify refuses a token that was signed with another key", (*tokensTest).otherKey},
		{"Verify refuses malformed tokens", (*tokensTest).malformed},
		{"Verify refuses 10,000 tokens with random changes", (*tokensTest).mutated},
	})
}

// tokensTest is a test of an adapter. The other adapter has another key.
type tokensTest struct {
	*testing.T
	ports.Tokens
	other ports.Tokens
}

func (t *tokensTest) roundTrip() {
	s := t.newAccess(time.Hour)
	got, err := t.Verify(t.sign(s), s.Issued)
	must(t, err)
	if got.Session != s.Session || got.User != s.User {
		t.Errorf("Verify returned %+v, want %+v", got, s)
	}
	for _, times := range []struct{ signed, verified time.Time }{
		{s.LoggedIn, got.LoggedIn}, {s.Issued, got.Issued}, {s.Expires, got.Expires},
	} {
		lost := times.signed.Sub(times.verified)
		if lost < 0 || lost >= time.Second || times.verified.Location() != time.UTC {
			t.Errorf("Verify returned the time %v, want %v rounded down to seconds, in UTC",
				times.verified, times.signed)
		}
	}
}

func (t *tokensTest) expiry() {
	for range 20 {
		s := t.newAccess(15 * time.Minute)
		token := t.sign(s)
		for _, now := range []time.Time{s.Issued, s.Expires.Add(-time.Second)} {
			if _, err := t.Verify(token, now); err != nil {
				t.Fatalf("Verify at %v of an access from %v to %v: %v", now, s.Issued, s.Expires, err)
			}
		}
		for _, now := range []time.Time{s.Issued.Add(-time.Second), s.Expires, s.Expires.Add(time.Hour), {}} {
			t.wantBadToken(token, now)
		}
	}
}

func (t *tokensTest) otherKey() {
	s := t.newAccess(time.Hour)
	token, err := t.other.Sign(s)
	must(t, err)
	t.wantBadToken(token, s.Issued)
}

func (t *tokensTest) malformed() {
	s := t.newAccess(time.Hour)
	good := t.sign(s)
	for _, token := range []string{
		"", ".", "..", "...", "null", "\x00", strings.Repeat("a.", 1<<16), strings.Repeat("A", 1<<20),
		"Bearer " + good, good + ".", "." + good, good + "=", good + "\n", " " + good,
		good + good, good + "." + good, strings.ToUpper(good),
	} {
		t.wantBadToken(token, s.Issued)
	}
}

func (t *tokensTest) mutated() {
	s := t.newAccess(time.Hour)
	good, other := t.sign(s), t.sign(t.newAccess(time.Hour))
	seed := uint64(time.Now().UnixNano())
	t.Logf("the seed of the random changes is %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 10_000 {
		if bad := mutateToken(random, good, other); bad != good && bad != other {
			t.wantBadToken(bad, s.Issued)
		}
	}
	if _, err := t.Verify(good, s.Issued); err != nil {
		t.Errorf("Verify of the unchanged token: %v", err)
	}
}

// mutateToken returns the good token with one change. It may use segments of the other token.
func mutateToken(random *rand.Rand, good, other string) string {
	at, to := random.IntN(len(good)), random.IntN(len(good)+1)
	switch random.IntN(7) {
	case 0:
		b := []byte(good)
		b[at] ^= 1 << random.IntN(8)
		return string(b)
	case 1:
		return good[:at]
	case 2:
		return good[at:] + good[:at]
	case 3:
		return good[:at] + string(rune(random.IntN(256))) + good[at:]
	case 4:
		return good[:min(at, to)] + good[max(at, to):]
	case 5:
		return good[:at] + "\r\n"[:1+random.IntN(2)] + good[at:]
	default:
		return mixSegments(random, strings.Split(good, "."), strings.Split(other, "."))
	}
}

// mixSegments joins random segments of two tokens.
func mixSegments(random *rand.Rand, good, other []string) string {
	mixed := make([]string, len(good))
	for i := range mixed {
		from := good
		if random.IntN(2) == 0 {
			from = other
		}
		mixed[i] = from[random.IntN(len(from))]
	}
	return strings.Join(mixed, ".")
}

// wantBadToken checks that Verify fails with ErrBadToken and that the error does not contain the token.
func (t *tokensTest) wantBadToken(token string, now time.Time) {
	t.Helper()
	got, err := t.Verify(token, now)
	if !errors.Is(err, session.ErrBadToken) || got != (session.Access{}) {
		t.Fatalf("Verify of %q at %v returned %+v and error %v, want ErrBadToken",
			token[:min(len(token), 600)], now, got, err)
	}
	if len(token) > 2 && strings.Contains(err.Error(), token) {
		t.Fatalf("the error contains the token: %v", err)
	}
}

func (t *tokensTest) sign(s session.Access) string {
	t.Helper()
	token, err := t.Sign(s)
	must(t, err)
	return token
}

// newAccess returns an access that is issued within the current second, at a random microsecond.
func (t *tokensTest) newAccess(duration time.Duration) session.Access {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Second).Add(time.Duration(rand.IntN(1e6)) * time.Microsecond)
	return session.Access{
		Session:  newID(t),
		User:     newID(t),
		LoggedIn: now.Add(-time.Hour),
		Issued:   now,
		Expires:  now.Add(duration),
	}
}
