// Package token signs access tokens as JSON Web Tokens (RFC 7519), with HMAC or with Ed25519
// (RFC 8037).
package token

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
)

const (
	issuer      = "parley"
	audience    = "parley-api"
	maxTokenLen = 1024 // bytes; our own tokens have less than 400
)

// Config holds the keys and the algorithm.
type Config struct {
	Keys      [][]byte // for HMAC; the first one signs, all verify
	Algorithm string   // HS256, HS384 or HS512; "" means HS256
	// Ed25519 are keys for EdDSA. If there are any, the first one signs instead of Keys, so that
	// other services can verify tokens with the public key. All of them verify.
	Ed25519 []ed25519.PrivateKey
}

// JWT implements ports.Tokens. It is safe for concurrent use.
type JWT struct {
	keys    keySet
	parsing []jwt.ParserOption // all but the time
	cache   cache
}

var methods = map[string]*jwt.SigningMethodHMAC{
	"":      jwt.SigningMethodHS256,
	"HS256": jwt.SigningMethodHS256,
	"HS384": jwt.SigningMethodHS384,
	"HS512": jwt.SigningMethodHS512,
}

// New returns a JWT. It fails without keys, with an empty key, and with an unknown algorithm.
func New(c Config) (*JWT, error) {
	keys, err := newKeySet(c)
	if err != nil {
		return nil, err
	}
	// No option requires iat and sub, so parse checks these.
	return &JWT{keys: keys, parsing: []jwt.ParserOption{
		jwt.WithValidMethods(keys.algorithms()),
		jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
		jwt.WithStrictDecoding(),
	}}, nil
}

// claims are those of RFC 7519. AuthTime is defined by OpenID Connect Core 1.0, section 2.
type claims struct {
	jwt.RegisteredClaims
	Session string `json:"sid"`
	// AuthTime is nil in tokens of earlier versions, which signed one token for each login.
	AuthTime *jwt.NumericDate `json:"auth_time"`
}

// Sign implements ports.Tokens. It rounds the times down to whole seconds, the
// precision of the format. It fails when the session id or the user id is not valid.
func (j *JWT) Sign(a session.Access) (string, error) {
	if !isID(string(a.Session)) || !isID(string(a.User)) {
		return "", errors.New("signing a token: the session id or the user id is not valid")
	}
	t := jwt.NewWithClaims(j.keys.signing.method, claims{
		Session:  string(a.Session),
		AuthTime: jwt.NewNumericDate(a.LoggedIn),
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    issuer,
			Audience:  jwt.ClaimStrings{audience},
			Subject:   string(a.User),
			IssuedAt:  jwt.NewNumericDate(a.Issued),
			ExpiresAt: jwt.NewNumericDate(a.Expires),
		},
	})
	t.Header["kid"] = j.keys.signing.id
	signed, err := t.SignedString(j.keys.signing.private)
	if err != nil {
		return "", fmt.Errorf("signing a token: %w", err)
	}
	return signed, nil
}

// Verify implements ports.Tokens. The times are in UTC.
// All claims that Sign writes are required, except for auth_time. The only error is
// session.ErrBadToken, because the errors of the JWT library quote the token.
func (j *JWT) Verify(token string, now time.Time) (session.Access, error) {
	if a, ok := j.cache.get(token, now); ok {
		return a, nil
	}
	a, err := j.parse(token, now)
	if err == nil {
		j.cache.put(token, a, now)
	}
	return a, err
}

// parse checks the signature and the claims. It rejects line
// breaks itself, because Go's base64 decoder ignores them even in strict mode: one token
// could be written in many ways.
func (j *JWT) parse(token string, now time.Time) (session.Access, error) {
	if len(token) > maxTokenLen || strings.ContainsAny(token, "\r\n") {
		return session.Access{}, session.ErrBadToken
	}
	var c claims
	atNow := jwt.WithTimeFunc(func() time.Time { return now })
	parser := jwt.NewParser(append(slices.Clip(j.parsing), atNow)...)
	if _, err := parser.ParseWithClaims(token, &c, j.keys.verifying); err != nil {
		return session.Access{}, session.ErrBadToken
	}
	if c.IssuedAt == nil || !isID(c.Subject) || !isID(c.Session) {
		return session.Access{}, session.ErrBadToken
	}
	return c.access(), nil
}

func (c claims) access() session.Access {
	if c.AuthTime == nil {
		c.AuthTime = c.IssuedAt
	}
	return session.Access{
		Session:  id.ID(c.Session),
		User:     id.ID(c.Subject),
		LoggedIn: c.AuthTime.UTC(),
		Issued:   c.IssuedAt.UTC(),
		Expires:  c.ExpiresAt.UTC(),
	}
}

func isID(s string) bool {
	_, ok := id.Parse(s)
	return ok
}
