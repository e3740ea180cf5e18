package token_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/kuvaka-tech/parley/adapters/token"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

const (
	userID    = "0190163d-8694-739b-aea5-966c26f8ad91"
	sessionID = "0190163d-8694-739b-aea5-966c26f8ad92"
)

var (
	now = time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	key = []byte("a key of thirty-two bytes, or so")
)

func newJWT(t testing.TB, c token.Config) *token.JWT {
	t.Helper()
	j, err := token.New(c)
	if err != nil {
		t.Fatalf("token.New: %v", err)
	}
	return j
}

func TestJWT(t *testing.T) {
	for _, algorithm := range []string{"", "HS256", "HS384", "HS512"} {
		t.Run("algorithm "+algorithm, func(t *testing.T) {
			portstest.Tokens(t, func(t *testing.T) ports.Tokens {
				return newJWT(t, token.Config{Keys: [][]byte{[]byte(rand.Text())}, Algorithm: algorithm})
			})
		})
	}
}

func TestNewFails(t *testing.T) {
	for name, c := range map[string]token.Config{
		"no keys":             {},
		"an empty key":        {Keys: [][]byte{{}}},
		"a nil key":           {Keys: [][]byte{nil}},
		"an empty second key": {Keys: [][]byte{key, {}}},
		"algorithm none":      {Keys: [][]byte{key}, Algorithm: "none"},
		"lower case":          {Keys: [][]byte{key}, Algorithm: "hs256"},
		"a public-key method": {Keys: [][]byte{key}, Algorithm: "RS256"},
	} {
		j, err := token.New(c)
		if err == nil || j != nil {
			t.Errorf("%s: New = %v, %v, want an error", name, j, err)
		} else if strings.Contains(err.Error(), string(key)) {
			t.Errorf("%s: the error contains the key: %v", name, err)
		}
	}
}

func TestSignFailsWithoutIDs(t *testing.T) {
	j := newJWT(t, token.Config{Keys: [][]byte{key}})
	for _, s := range []session.Access{{}, {Session: sessionID}, {User: userID}, {Session: sessionID, User: "1"}} {
		if got, err := j.Sign(s); err == nil || got != "" {
			t.Errorf("Sign(%+v) = %q, %v, want an error", s, got, err)
		}
	}
}

func TestKeyRotation(t *testing.T) {
	newKey := []byte("the key that came after it......")
	oldJWT := newJWT(t, token.Config{Keys: [][]byte{key}})
	rotated := newJWT(t, token.Config{Keys: [][]byte{newKey, key}})
	s := session.Access{
		Session:  sessionID,
		User:     userID,
		LoggedIn: now.Add(-time.Hour),
		Issued:   now,
		Expires:  now.Add(time.Hour),
	}
	signedBefore, err := oldJWT.Sign(s)
	if err != nil {
		t.Fatalf("Sign with the old key: %v", err)
	}
	if got, err := rotated.Verify(signedBefore, now); err != nil || got != s {
		t.Errorf("Verify = %+v, %v for a token of the previous key, want what it grants", got, err)
	}
	signedAfter, err := rotated.Sign(s)
	if err != nil {
		t.Fatalf("Sign with the new key: %v", err)
	}
	if _, err := oldJWT.Verify(signedAfter, now); !errors.Is(err, session.ErrBadToken) {
		t.Errorf("Verify with the old key failed with %v, want ErrBadToken: the first key must sign", err)
	}
}

func TestKeysAreCopied(t *testing.T) {
	callersKey := bytes.Clone(key)
	j := newJWT(t, token.Config{Keys: [][]byte{callersKey}})
	clear(callersKey)
	if _, err := j.Verify(sign(t, jwt.SigningMethodHS256, key, validClaims(), nil), now); err != nil {
		t.Errorf("Verify failed with %v after the caller changed its slice, want no change", err)
	}
}

// validClaims returns the claims of a token that passes. Each test breaks one of them.
func validClaims() jwt.MapClaims {
	return jwt.MapClaims{"iss": "parley", "aud": []string{"parley-api"}, "sub": userID, "sid": sessionID,
		"auth_time": now.Unix() - 60, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
}

// sign returns a token with these claims and, besides the usual ones, these header fields.
func sign(t testing.TB, m jwt.SigningMethod, key any, c jwt.MapClaims, header map[string]any) string {
	t.Helper()
	unsigned := jwt.NewWithClaims(m, c)
	for name, value := range header {
		unsigned.Header[name] = value
	}
	s, err := unsigned.SignedString(key)
	if err != nil {
		t.Fatalf("signing the test's token: %v", err)
	}
	return s
}

// expectRejected fails the test unless Verify rejects the token.
func expectRejected(t *testing.T, name, forged string) {
	t.Helper()
	got, err := newJWT(t, token.Config{Keys: [][]byte{key}}).Verify(forged, now)
	if !errors.Is(err, session.ErrBadToken) || got != (session.Access{}) {
		t.Errorf("%s: Verify = %+v, %v, want ErrBadToken", name, got, err)
	}
}
