package portstest

import (
	"crypto/rand"
	"errors"
	mathrand "math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/ports"
)

// Tokens is the contract of a ports.Tokens. What open returns has a key of its own each time.
func Tokens(t *testing.T, open func(t *testing.T) ports.Tokens) {
	t.Run("a signed session is read back", func(t *testing.T) { tokenReadBack(t, open(t)) })
	t.Run("a token is over when its session is", func(t *testing.T) { tokenLife(t, open(t)) })
	t.Run("another key's token is refused", func(t *testing.T) { tokenForeign(t, open(t), open(t)) })
	t.Run("what is no token is refused", func(t *testing.T) { tokenJunk(t, open(t)) })
	t.Run("10,000 mutated tokens are refused", func(t *testing.T) { tokenMutated(t, open(t)) })
}

func tokenReadBack(t *testing.T, tokens ports.Tokens) {
	s := tokenSession(t, time.Hour)
	got, err := tokens.Verify(signToken(t, tokens, s), s.Opened)
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != s.ID || got.User != s.User || got.Opened.Location() != time.UTC || got.Expires.Location() != time.UTC {
		t.Errorf("signed %+v, read %+v", s, got)
	}
	if early := s.Opened.Sub(got.Opened); early < 0 || early >= time.Second {
		t.Errorf("opened at %v, read as %v", s.Opened, got.Opened)
	}
	if early := s.Expires.Sub(got.Expires); early < 0 || early >= time.Second {
		t.Errorf("expires at %v, read as %v", s.Expires, got.Expires)
	}
}

func tokenLife(t *testing.T, tokens ports.Tokens) {
	for range 20 {
		s := tokenSession(t, 15*time.Minute)
		token := signToken(t, tokens, s)
		for _, now := range []time.Time{s.Opened, s.Expires.Add(-time.Second)} {
			if _, err := tokens.Verify(token, now); err != nil {
				t.Fatalf("a session from %v to %v at %v: %v", s.Opened, s.Expires, now, err)
			}
		}
		for _, now := range []time.Time{s.Opened.Add(-time.Second), s.Expires, s.Expires.Add(time.Hour), {}} {
			if got, err := tokens.Verify(token, now); !errors.Is(err, session.ErrBadToken) || got != (session.Session{}) {
				t.Fatalf("a session from %v to %v at %v: %+v, %v", s.Opened, s.Expires, now, got, err)
			}
		}
	}
}

func tokenForeign(t *testing.T, ours, theirs ports.Tokens) {
	s := tokenSession(t, time.Hour)
	if _, err := ours.Verify(signToken(t, theirs, s), s.Opened); !errors.Is(err, session.ErrBadToken) {
		t.Errorf("got %v", err)
	}
}

func tokenJunk(t *testing.T, tokens ports.Tokens) {
	s := tokenSession(t, time.Hour)
	good := signToken(t, tokens, s)
	for _, junk := range []string{"", ".", "..", "...", "null", "Bearer " + good, good + ".", "." + good, good + "=", good + "\n",
		" " + good, good + good, good + "." + good, strings.ToUpper(good), "\x00", strings.Repeat("a.", 1<<16), strings.Repeat("A", 1<<20)} {
		refuseToken(t, tokens, junk, s.Opened)
	}
}

func tokenMutated(t *testing.T, tokens ports.Tokens) {
	s := tokenSession(t, time.Hour)
	good, other := signToken(t, tokens, s), signToken(t, tokens, tokenSession(t, time.Hour))
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := mathrand.New(mathrand.NewPCG(seed, 0))
	for range 10_000 {
		if bad := mutateToken(dice, good, other); bad != good && bad != other {
			refuseToken(t, tokens, bad, s.Opened)
		}
	}
	if _, err := tokens.Verify(good, s.Opened); err != nil {
		t.Errorf("the token itself must pass after all of that: %v", err)
	}
}

// mutateToken changes one thing about a token, which may be taken from another one.
func mutateToken(dice *mathrand.Rand, good, other string) string {
	at, to := dice.IntN(len(good)), dice.IntN(len(good)+1)
	switch dice.IntN(7) {
	case 0:
		b := []byte(good)
		b[at] ^= 1 << dice.IntN(8)
		return string(b)
	case 1:
		return good[:at]
	case 2:
		return good[at:] + good[:at]
	case 3:
		return good[:at] + string(rune(dice.IntN(256))) + good[at:]
	case 4:
		return good[:min(at, to)] + good[max(at, to):]
	case 5:
		return good[:at] + "\r\n"[:1+dice.IntN(2)] + good[at:]
	default:
		return spliceToken(dice, strings.Split(good, "."), strings.Split(other, "."))
	}
}

// spliceToken puts together segments of two tokens in any order.
func spliceToken(dice *mathrand.Rand, good, other []string) string {
	parts := make([]string, len(good))
	for i := range parts {
		from := good
		if dice.IntN(2) == 0 {
			from = other
		}
		parts[i] = from[dice.IntN(len(from))]
	}
	return strings.Join(parts, ".")
}

func refuseToken(t *testing.T, tokens ports.Tokens, token string, now time.Time) {
	t.Helper()
	got, err := tokens.Verify(token, now)
	if !errors.Is(err, session.ErrBadToken) || got != (session.Session{}) {
		t.Fatalf("%q was read as %+v, %v", token[:min(len(token), 600)], got, err)
	}
	if len(token) > 2 && strings.Contains(err.Error(), token) {
		t.Fatalf("the error quotes the token: %v", err)
	}
}

func signToken(t *testing.T, tokens ports.Tokens, s session.Session) string {
	t.Helper()
	token, err := tokens.Sign(s)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// tokenSession is a session that was opened at some microsecond of now.
func tokenSession(t *testing.T, life time.Duration) session.Session {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Second).Add(time.Duration(mathrand.IntN(1e6)) * time.Microsecond)
	return session.Session{ID: tokenID(t, now), User: tokenID(t, now), Opened: now, Expires: now.Add(life)}
}

func tokenID(t *testing.T, now time.Time) id.ID {
	t.Helper()
	made, err := id.New(now, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return made
}
