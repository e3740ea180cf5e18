package token_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/kuvaka-tech/parley/adapters/token"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
)

// signClaims signs claims as the server does.
func signClaims(t testing.TB, c jwt.MapClaims) string {
	t.Helper()
	return sign(t, jwt.SigningMethodHS256, key, c, nil)
}

// Only auth_time may be missing, because tokens of earlier versions do not have it. It must not
// have a wrong type.
func TestEveryClaimIsRequired(t *testing.T) {
	j := newJWT(t, token.Config{Keys: [][]byte{key}})
	s, err := j.Verify(signClaims(t, validClaims()), now)
	if err != nil || s.Session != sessionID || s.User != userID {
		t.Fatalf("Verify = %+v, %v for valid claims, want what they grant", s, err)
	}
	badValues := map[string]any{
		"null": nil, "empty": "", "a list": []string{}, "an object": map[string]any{}, "true": true,
	}
	for claim := range validClaims() {
		for name, value := range badValues {
			c := validClaims()
			c[claim] = value
			if claim == "auth_time" && value == nil {
				continue
			}
			expectRejected(t, claim+" is "+name, signClaims(t, c))
		}
		c := validClaims()
		delete(c, claim)
		if claim != "auth_time" {
			expectRejected(t, "no "+claim, signClaims(t, c))
		}
	}
}

func TestTokensOfEarlierVersions(t *testing.T) {
	c := validClaims()
	delete(c, "auth_time")
	a, err := newJWT(t, token.Config{Keys: [][]byte{key}}).Verify(signClaims(t, c), now)
	if err != nil || !a.LoggedIn.Equal(a.Issued) {
		t.Errorf("Verify without auth_time = %+v, %v, want the login at the time of issue", a, err)
	}
}

func TestWrongClaims(t *testing.T) {
	for name, change := range map[string]func(c jwt.MapClaims){
		"another issuer":          func(c jwt.MapClaims) { c["iss"] = "Parley" },
		"another audience":        func(c jwt.MapClaims) { c["aud"] = "parley-refresh" },
		"an invalid user id":      func(c jwt.MapClaims) { c["sub"] = "1" },
		"an id in capitals":       func(c jwt.MapClaims) { c["sub"] = strings.ToUpper(userID) },
		"a session with a suffix": func(c jwt.MapClaims) { c["sid"] = sessionID + "\x00" },
		"too long":                func(c jwt.MapClaims) { c["pad"] = strings.Repeat("a", 1024) },
		"expired":                 func(c jwt.MapClaims) { c["exp"] = now.Unix() },
		"issued in the future":    func(c jwt.MapClaims) { c["iat"] = now.Unix() + 1 },
		"not valid yet":           func(c jwt.MapClaims) { c["nbf"] = now.Unix() + 1 },
		"a time in words":         func(c jwt.MapClaims) { c["exp"] = now.Add(time.Hour).Format(time.RFC3339) },
	} {
		c := validClaims()
		change(c)
		expectRejected(t, name, signClaims(t, c))
	}
}

func TestOtherSignatures(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatalf("generating an ECDSA key: %v", err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatalf("generating an Ed25519 key: %v", err)
	}
	for name, forged := range map[string]struct {
		method jwt.SigningMethod
		key    any
	}{
		"alg none":        {jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType},
		"HS384":           {jwt.SigningMethodHS384, key},
		"HS512":           {jwt.SigningMethodHS512, key},
		"ES256":           {jwt.SigningMethodES256, ec},
		"EdDSA":           {jwt.SigningMethodEdDSA, ed},
		"an empty key":    {jwt.SigningMethodHS256, []byte{}},
		"a key of zeros":  {jwt.SigningMethodHS256, make([]byte, len(key))},
		"half of the key": {jwt.SigningMethodHS256, key[:16]},
	} {
		expectRejected(t, name, sign(t, forged.method, forged.key, validClaims(), nil))
	}
}

// RFC 8725, section 2, describes these attacks.
func TestHeaderCannotChooseTheKey(t *testing.T) {
	attackersKey := []byte("a key that the attacker knows...")
	for name, value := range map[string]any{
		"kid": "../../../../dev/null", "jku": "https://evil.example/keys", "x5u": "https://evil.example/cert",
		"jwk": map[string]any{"kty": "oct", "k": base64.RawURLEncoding.EncodeToString(attackersKey)},
	} {
		header := map[string]any{name: value}
		expectRejected(t, name, sign(t, jwt.SigningMethodHS256, attackersKey, validClaims(), header))
		noKey := sign(t, jwt.SigningMethodHS256, []byte{}, validClaims(), header)
		expectRejected(t, name+" with an empty key", noKey)
	}
}

func TestHeaderCannotChooseTheAlgorithm(t *testing.T) {
	signed := strings.Split(signClaims(t, validClaims()), ".")
	for _, header := range []string{
		`{"alg":"none"}`, `{"alg":"None"}`, `{"alg":"HS512"}`, `{"alg":null}`, `{"alg":["HS256"]}`,
		`{}`, `null`, `[]`, ``,
	} {
		encoded := base64.RawURLEncoding.EncodeToString([]byte(header))
		expectRejected(t, header, encoded+"."+signed[1]+"."+signed[2])
		expectRejected(t, header+" unsigned", encoded+"."+signed[1]+".")
	}
}

// A token must have only one spelling. In base64, the last character of 32 bytes
// has two unused bits (RFC 4648, section 3.5), and Go's decoder skips line breaks.
func TestOneSpelling(t *testing.T) {
	signed := signClaims(t, validClaims())
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for _, c := range alphabet {
		if other := signed[:len(signed)-1] + string(c); other != signed {
			expectRejected(t, "last character "+string(c), other)
		}
	}
	for _, extra := range []string{"\n", "\r", "\r\n", "=", " "} {
		expectRejected(t, "appended text", signed+extra)
		expectRejected(t, "inserted text", signed[:len(signed)-5]+extra+signed[len(signed)-5:])
	}
}

func FuzzVerify(f *testing.F) {
	j := newJWT(f, token.Config{Keys: [][]byte{key}})
	f.Add(signClaims(f, validClaims()))
	f.Add(sign(f, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, validClaims(), nil))
	f.Fuzz(func(t *testing.T, forged string) {
		s, err := j.Verify(forged, now)
		if err == nil {
			checkAccess(t, s)
		} else if s != (session.Access{}) {
			t.Errorf("Verify failed with %v and returned %+v, want nothing", err, s)
		}
	})
}

// FuzzClaims signs arbitrary claims with the right key.
func FuzzClaims(f *testing.F) {
	j := newJWT(f, token.Config{Keys: [][]byte{key}})
	ids := `"sub":"` + userID + `","sid":"` + sessionID + `"`
	f.Add(`{"iss":"parley","aud":["parley-api"],` + ids + `,"iat":1740830400,"exp":1740834000}`)
	f.Add(`{"iss":"parley","aud":"parley-api",` + ids + `,"iat":-1e300,"exp":"1e300"}`)
	header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))
	f.Fuzz(func(t *testing.T, claims string) {
		text := header + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
		mac, err := jwt.SigningMethodHS256.Sign(text, key)
		if err != nil {
			t.Fatalf("signing the test's token: %v", err)
		}
		if s, err := j.Verify(text+"."+base64.RawURLEncoding.EncodeToString(mac), now); err == nil {
			checkAccess(t, s)
		}
	})
}

// checkAccess fails the test unless a is valid at now.
func checkAccess(t *testing.T, a session.Access) {
	t.Helper()
	_, isUser := id.Parse(string(a.User))
	_, isSession := id.Parse(string(a.Session))
	if !isUser || !isSession || a.Issued.After(now) || !a.Alive(now) {
		t.Errorf("Verify accepted %+v, want a valid one", a)
	}
}
