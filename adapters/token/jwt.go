// Package token signs sessions as JSON Web Tokens (RFC 7519) with HMAC.
package token

import (
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
	Keys      [][]byte // the first key signs, all keys verify
	Algorithm string   // HS256, HS384 or HS512; "" means HS256
}

// JWT implements ports.Tokens. It is safe for concurrent use.
type JWT struct {
	method     *jwt.SigningMethodHMAC
	signingKey []byte
	keys       jwt.VerificationKeySet
	cache      cache
}

var methods = map[string]*jwt.SigningMethodHMAC{
	"":      jwt.SigningMethodHS256,
	"HS256": jwt.SigningMethodHS256,
	"HS384": jwt.SigningMethodHS384,
	"HS512": jwt.SigningMethodHS512,
}

// New returns a JWT. It fails without keys, with an empty key, and with an unknown algorithm.
func New(c Config) (*JWT, error) {
	method := methods[c.Algorithm]
	if method == nil {
		return nil, fmt.Errorf("the token algorithm is %q, want HS256, HS384 or HS512", c.Algorithm)
	}
	if len(c.Keys) == 0 {
		return nil, errors.New("a key to sign tokens is required")
	}
	j := &JWT{method: method}
	for _, key := range c.Keys {
		if len(key) == 0 {
			return nil, errors.New("a token key is empty, with which anybody could sign tokens")
		}
		j.keys.Keys = append(j.keys.Keys, slices.Clone(key))
	}
	j.signingKey = slices.Clone(c.Keys[0])
	return j, nil
}

type claims struct {
	jwt.RegisteredClaims
	Session string `json:"sid"`
}

// Sign implements ports.Tokens. It rounds both times down to whole seconds, the
// precision of the format, so the token never expires later than its session. It
// fails when the session id or the user id is not valid.
func (j *JWT) Sign(s session.Session) (string, error) {
	if !isID(string(s.ID)) || !isID(string(s.User)) {
		return "", errors.New("signing a token: the session id or the user id is not valid")
	}
	t := jwt.NewWithClaims(j.method, claims{
		Session: string(s.ID),
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    issuer,
			Audience:  jwt.ClaimStrings{audience},
			Subject:   string(s.User),
			IssuedAt:  jwt.NewNumericDate(s.Opened),
			ExpiresAt: jwt.NewNumericDate(s.Expires),
		},
	})
	signed, err := t.SignedString(j.signingKey)
	if err != nil {
		return "", fmt.Errorf("signing a token: %w", err)
	}
	return signed, nil
}

// Verify implements ports.Tokens. It returns the session with its times in UTC.
// All claims that Sign writes are required. The only error is
// session.ErrBadToken, because the errors of the JWT library quote the token.
func (j *JWT) Verify(token string, now time.Time) (session.Session, error) {
	if s, ok := j.cache.get(token, now); ok {
		return s, nil
	}
	s, err := j.parse(token, now)
	if err == nil {
		j.cache.put(token, s, now)
	}
	return s, err
}

// parse checks the signature and the claims, and returns the session. It rejects line
// breaks itself, because Go's base64 decoder ignores them even in strict mode: one token
// could be written in many ways.
func (j *JWT) parse(token string, now time.Time) (session.Session, error) {
	if len(token) > maxTokenLen || strings.ContainsAny(token, "\r\n") {
		return session.Session{}, session.ErrBadToken
	}
	var c claims
	if _, err := j.parser(now).ParseWithClaims(token, &c, j.verificationKeys); err != nil {
		return session.Session{}, session.ErrBadToken
	}
	if c.IssuedAt == nil || !isID(c.Subject) || !isID(c.Session) {
		return session.Session{}, session.ErrBadToken
	}
	return session.Session{
		ID:      id.ID(c.Session),
		User:    id.ID(c.Subject),
		Opened:  c.IssuedAt.UTC(),
		Expires: c.ExpiresAt.UTC(),
	}, nil
}

// parser returns a parser that requires the claims iss, aud and exp. It has no
// option to require iat and sub, so parse checks these.
func (j *JWT) parser(now time.Time) *jwt.Parser {
	return jwt.NewParser(
		jwt.WithValidMethods([]string{j.method.Alg()}),
		jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
		jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(func() time.Time { return now }),
	)
}

// verificationKeys is a jwt.Keyfunc. It ignores the token's header, so that the
// header cannot choose a key.
func (j *JWT) verificationKeys(*jwt.Token) (any, error) { return j.keys, nil }

func isID(s string) bool {
	_, ok := id.Parse(s)
	return ok
}
