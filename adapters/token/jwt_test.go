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
	alice = "0190163d-8694-739b-aea5-966c26f8ad91"
	visit = "0190163d-8694-739b-aea5-966c26f8ad92"
)

var (
	now = time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	key = []byte("a key of thirty-two bytes, or so")
)

func open(t testing.TB, c token.Config) *token.JWT {
	t.Helper()
	j, err := token.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestJWT(t *testing.T) {
	for _, algorithm := range []string{"", "HS256", "HS384", "HS512"} {
		t.Run("algorithm "+algorithm, func(t *testing.T) {
			portstest.Tokens(t, func(t *testing.T) ports.Tokens {
				return open(t, token.Config{Keys: [][]byte{[]byte(rand.Text())}, Algorithm: algorithm})
			})
		})
	}
}

func TestNewRefuses(t *testing.T) {
	for name, c := range map[string]token.Config{
		"no keys":         {},
		"an empty key":    {Keys: [][]byte{{}}},
		"a nil key":       {Keys: [][]byte{nil}},
		"an empty second": {Keys: [][]byte{key, {}}},
		"none":            {Keys: [][]byte{key}, Algorithm: "none"},
		"another case":    {Keys: [][]byte{key}, Algorithm: "hs256"},
		"a public key's":  {Keys: [][]byte{key}, Algorithm: "RS256"},
	} {
		if j, err := token.New(c); err == nil || j != nil {
			t.Errorf("%s: got %v, %v", name, j, err)
		} else if strings.Contains(err.Error(), string(key)) {
			t.Errorf("%s: the error tells the key: %v", name, err)
		}
	}
}

func TestSignRefusesWhatHasNoID(t *testing.T) {
	j := open(t, token.Config{Keys: [][]byte{key}})
	for _, s := range []session.Session{{}, {ID: visit}, {User: alice}, {ID: visit, User: "1"}} {
		if got, err := j.Sign(s); err == nil || got != "" {
			t.Errorf("%+v: got %q, %v", s, got, err)
		}
	}
}

func TestKeysRotate(t *testing.T) {
	next := []byte("the key that came after it......")
	before, after := open(t, token.Config{Keys: [][]byte{key}}), open(t, token.Config{Keys: [][]byte{next, key}})
	s := session.Session{ID: visit, User: alice, Opened: now, Expires: now.Add(time.Hour)}
	old, err := before.Sign(s)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := after.Verify(old, now); err != nil || got != s {
		t.Errorf("the previous key must verify: %+v, %v", got, err)
	}
	fresh, err := after.Sign(s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := before.Verify(fresh, now); !errors.Is(err, session.ErrBadToken) {
		t.Errorf("the first key must sign: %v", err)
	}
}

func TestKeysAreCopied(t *testing.T) {
	mine := bytes.Clone(key)
	j := open(t, token.Config{Keys: [][]byte{mine}})
	clear(mine)
	if _, err := j.Verify(forge(t, jwt.SigningMethodHS256, key, good(), nil), now); err != nil {
		t.Errorf("a key changed under the tokens: %v", err)
	}
}

// good is what a token says; each test spoils one thing of it.
func good() jwt.MapClaims {
	return jwt.MapClaims{"iss": "parley", "aud": []string{"parley-api"}, "sub": alice, "sid": visit,
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
}

func forge(t testing.TB, m jwt.SigningMethod, key any, c jwt.MapClaims, header map[string]any) string {
	t.Helper()
	made := jwt.NewWithClaims(m, c)
	for name, value := range header {
		made.Header[name] = value
	}
	s, err := made.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func refused(t *testing.T, name, forged string) {
	t.Helper()
	got, err := open(t, token.Config{Keys: [][]byte{key}}).Verify(forged, now)
	if !errors.Is(err, session.ErrBadToken) || got != (session.Session{}) {
		t.Errorf("%s: got %+v, %v", name, got, err)
	}
}
