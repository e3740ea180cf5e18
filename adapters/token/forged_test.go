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

func TestEveryClaimIsRequired(t *testing.T) {
	j := open(t, token.Config{Keys: [][]byte{key}})
	if s, err := j.Verify(forge(t, jwt.SigningMethodHS256, key, good(), nil), now); err != nil || s.ID != visit || s.User != alice {
		t.Fatalf("the example itself must pass: %+v, %v", s, err)
	}
	for claim := range good() {
		for name, value := range map[string]any{"null": nil, "empty": "", "a list": []string{}, "an object": map[string]any{}, "true": true} {
			c := good()
			c[claim] = value
			refused(t, claim+" is "+name, forge(t, jwt.SigningMethodHS256, key, c, nil))
		}
		c := good()
		delete(c, claim)
		refused(t, "no "+claim, forge(t, jwt.SigningMethodHS256, key, c, nil))
	}
}

func TestWrongClaims(t *testing.T) {
	for name, spoil := range map[string]func(c jwt.MapClaims){
		"another issuer":        func(c jwt.MapClaims) { c["iss"] = "Parley" },
		"another audience":      func(c jwt.MapClaims) { c["aud"] = "parley-refresh" },
		"a user that is no id":  func(c jwt.MapClaims) { c["sub"] = "1" },
		"an id in capitals":     func(c jwt.MapClaims) { c["sub"] = strings.ToUpper(alice) },
		"a session with a tail": func(c jwt.MapClaims) { c["sid"] = visit + "\x00" },
		"more than is read":     func(c jwt.MapClaims) { c["pad"] = strings.Repeat("a", 1024) },
		"over":                  func(c jwt.MapClaims) { c["exp"] = now.Unix() },
		"of the future":         func(c jwt.MapClaims) { c["iat"] = now.Unix() + 1 },
		"not yet":               func(c jwt.MapClaims) { c["nbf"] = now.Unix() + 1 },
		"a time in words":       func(c jwt.MapClaims) { c["exp"] = now.Add(time.Hour).Format(time.RFC3339) },
	} {
		c := good()
		spoil(c)
		refused(t, name, forge(t, jwt.SigningMethodHS256, key, c, nil))
	}
}

func TestOtherSignatures(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, "alg none", forge(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, good(), nil))
	refused(t, "HS384", forge(t, jwt.SigningMethodHS384, key, good(), nil))
	refused(t, "HS512", forge(t, jwt.SigningMethodHS512, key, good(), nil))
	refused(t, "ES256", forge(t, jwt.SigningMethodES256, ec, good(), nil))
	refused(t, "EdDSA", forge(t, jwt.SigningMethodEdDSA, ed, good(), nil))
	refused(t, "an empty key", forge(t, jwt.SigningMethodHS256, []byte{}, good(), nil))
	refused(t, "a key of zeros", forge(t, jwt.SigningMethodHS256, make([]byte, len(key)), good(), nil))
	refused(t, "half of the key", forge(t, jwt.SigningMethodHS256, key[:16], good(), nil))
}

// RFC 8725, section 2 tells these stories.
func TestHeadersChooseNothing(t *testing.T) {
	theirs := []byte("a key that the attacker knows...")
	for name, value := range map[string]any{
		"kid": "../../../../dev/null", "jku": "https://evil.example/keys", "x5u": "https://evil.example/cert",
		"jwk": map[string]any{"kty": "oct", "k": base64.RawURLEncoding.EncodeToString(theirs)},
	} {
		refused(t, name, forge(t, jwt.SigningMethodHS256, theirs, good(), map[string]any{name: value}))
		refused(t, name+" with an empty key", forge(t, jwt.SigningMethodHS256, []byte{}, good(), map[string]any{name: value}))
	}
	signed := strings.Split(forge(t, jwt.SigningMethodHS256, key, good(), nil), ".")
	for _, header := range []string{`{"alg":"none"}`, `{"alg":"None"}`, `{"alg":"HS512"}`, `{"alg":null}`, `{"alg":["HS256"]}`, `{}`, `null`, `[]`, ``} {
		head := base64.RawURLEncoding.EncodeToString([]byte(header))
		refused(t, header, head+"."+signed[1]+"."+signed[2])
		refused(t, header+" unsigned", head+"."+signed[1]+".")
	}
}

// The last character of 32 bytes in base64 has two bits to spare (RFC 4648,
// section 3.5), and Go's decoder skips line ends: neither may spell a token anew.
func TestOneSpelling(t *testing.T) {
	signed := forge(t, jwt.SigningMethodHS256, key, good(), nil)
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for _, c := range alphabet {
		if other := signed[:len(signed)-1] + string(c); other != signed {
			refused(t, "last character "+string(c), other)
		}
	}
	for _, end := range []string{"\n", "\r", "\r\n", "=", " "} {
		refused(t, "an end", signed+end)
		refused(t, "a break", signed[:len(signed)-5]+end+signed[len(signed)-5:])
	}
}

func FuzzVerify(f *testing.F) {
	j := open(f, token.Config{Keys: [][]byte{key}})
	f.Add(forge(f, jwt.SigningMethodHS256, key, good(), nil))
	f.Add(forge(f, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, good(), nil))
	f.Fuzz(func(t *testing.T, foreign string) {
		if s, err := j.Verify(foreign, now); err == nil {
			checkSession(t, s)
		} else if s != (session.Session{}) {
			t.Errorf("refused, and yet %+v", s)
		}
	})
}

// FuzzClaims signs anything at all as the holder of the key would.
func FuzzClaims(f *testing.F) {
	j := open(f, token.Config{Keys: [][]byte{key}})
	f.Add(`{"iss":"parley","aud":["parley-api"],"sub":"` + alice + `","sid":"` + visit + `","iat":1740830400,"exp":1740834000}`)
	f.Add(`{"iss":"parley","aud":"parley-api","sub":"` + alice + `","sid":"` + visit + `","iat":-1e300,"exp":"1e300"}`)
	head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))
	f.Fuzz(func(t *testing.T, claims string) {
		text := head + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
		mac, err := jwt.SigningMethodHS256.Sign(text, key)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := j.Verify(text+"."+base64.RawURLEncoding.EncodeToString(mac), now); err == nil {
			checkSession(t, s)
		}
	})
}

func checkSession(t *testing.T, s session.Session) {
	t.Helper()
	_, isUser := id.Parse(string(s.User))
	_, isSession := id.Parse(string(s.ID))
	if !isUser || !isSession || s.Opened.After(now) || !s.Alive(now) {
		t.Errorf("accepted %+v", s)
	}
}
