package token_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/kuvaka-tech/parley/adapters/token"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

var access = session.Access{
	Session:  sessionID,
	User:     userID,
	LoggedIn: now.Add(-time.Hour),
	Issued:   now,
	Expires:  now.Add(time.Hour),
}

func newEd25519(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatalf("generating a key: %v", err)
	}
	return private
}

func signAccess(t *testing.T, j *token.JWT) string {
	t.Helper()
	signed, err := j.Sign(access)
	if err != nil {
		t.Fatalf("Sign: %v", err)
	}
	return signed
}

// checkVerify checks whether a token is valid.
func checkVerify(t *testing.T, name string, j *token.JWT, signed string, valid bool) {
	t.Helper()
	got, err := j.Verify(signed, now)
	if valid && (err != nil || got != access) || !valid && !errors.Is(err, session.ErrBadToken) {
		t.Errorf("%s: Verify = %+v, %v, want valid: %t", name, got, err, valid)
	}
}

func TestEd25519(t *testing.T) {
	portstest.Tokens(t, func(t *testing.T) ports.Tokens {
		return newJWT(t, token.Config{Keys: [][]byte{key}, Ed25519: []ed25519.PrivateKey{newEd25519(t)}})
	})
}

// A server starts to use Ed25519, replaces the key, and stops to use it.
func TestEd25519KeysAreRotated(t *testing.T) {
	first, second := newEd25519(t), newEd25519(t)
	hmac := newJWT(t, token.Config{Keys: [][]byte{key}})
	both := newJWT(t, token.Config{Keys: [][]byte{key}, Ed25519: []ed25519.PrivateKey{first}})
	rotated := newJWT(t, token.Config{Keys: [][]byte{key}, Ed25519: []ed25519.PrivateKey{second, first}})
	checkVerify(t, "a token of HMAC after the change", both, signAccess(t, hmac), true)
	checkVerify(t, "a token of the previous key", rotated, signAccess(t, both), true)
	checkVerify(t, "a token of the next key", both, signAccess(t, rotated), false)
	checkVerify(t, "a token of Ed25519 without its key", hmac, signAccess(t, both), false)
}

// The public key must not become a secret for HMAC (RFC 8725, section 2.1).
func TestThePublicKeyIsNoSecret(t *testing.T) {
	private := newEd25519(t)
	j := newJWT(t, token.Config{Keys: [][]byte{key}, Ed25519: []ed25519.PrivateKey{private}})
	public, ok := private.Public().(ed25519.PublicKey)
	if !ok {
		t.Fatal("the public key has another type")
	}
	parsed, _, err := jwt.NewParser().ParseUnverified(signAccess(t, j), jwt.MapClaims{})
	if err != nil {
		t.Fatalf("parsing the token: %v", err)
	}
	for _, header := range []map[string]any{nil, {"kid": parsed.Header["kid"]}} {
		forged := sign(t, jwt.SigningMethodHS256, []byte(public), validClaims(), header)
		checkVerify(t, "a token that is signed with the public key", j, forged, false)
	}
}

func TestATokenNamesItsKey(t *testing.T) {
	other := []byte("the key that came before it.....")
	j := newJWT(t, token.Config{Keys: [][]byte{key, other}})
	parsed, _, err := jwt.NewParser().ParseUnverified(signAccess(t, j), jwt.MapClaims{})
	if err != nil {
		t.Fatalf("parsing the token: %v", err)
	}
	for name, c := range map[string]struct {
		secret []byte
		kid    any
		valid  bool
	}{
		"the named key":       {key, parsed.Header["kid"], true},
		"another key":         {other, parsed.Header["kid"], false},
		"an unknown key":      {key, "unknown", false},
		"a name of no text":   {key, 1, false},
		"a name that is null": {key, nil, false},
	} {
		forged := sign(t, jwt.SigningMethodHS256, c.secret, validClaims(), map[string]any{"kid": c.kid})
		if _, err := j.Verify(forged, now); (err == nil) != c.valid {
			t.Errorf("%s: Verify failed with %v, want valid: %t", name, err, c.valid)
		}
	}
}

func TestPublicKeys(t *testing.T) {
	private := newEd25519(t)
	j := newJWT(t, token.Config{Keys: [][]byte{key}, Ed25519: []ed25519.PrivateKey{private, newEd25519(t)}})
	published, err := j.PublicKeys()
	if err != nil {
		t.Fatalf("PublicKeys: %v", err)
	}
	var set struct{ Keys []map[string]string }
	if err := json.Unmarshal(published, &set); err != nil || len(set.Keys) != 2 {
		t.Fatalf("the public keys are %s, %v, want two", published, err)
	}
	first := set.Keys[0]
	x, err := base64.RawURLEncoding.DecodeString(first["x"])
	isSame := err == nil && ed25519.PublicKey(x).Equal(private.Public())
	if !isSame || first["kty"] != "OKP" || first["crv"] != "Ed25519" {
		t.Errorf("the first key is %v, want the public key for Ed25519", first)
	}
	parsed, _, err := jwt.NewParser().ParseUnverified(signAccess(t, j), jwt.MapClaims{})
	if err != nil || parsed.Header["kid"] != first["kid"] || first["alg"] != "EdDSA" || first["use"] != "sig" {
		t.Errorf("a token has the header %v, %v, want the id and the algorithm of %v", parsed.Header, err, first)
	}
	none, err := newJWT(t, token.Config{Keys: [][]byte{key}}).PublicKeys()
	if err != nil || none != nil {
		t.Errorf("PublicKeys without Ed25519 = %s, %v, want nothing", none, err)
	}
}
