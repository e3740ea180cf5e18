// Package token signs sessions as JSON Web Tokens (RFC 7519) with one HMAC algorithm.
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
	issuer   = "parley"
	audience = "parley-api"
	longest  = 1024 // bytes of a token that is read at all; ours have less than 400
)

// Config is how tokens are signed.
type Config struct {
	Keys      [][]byte // the first signs, all verify
	Algorithm string   // HS256, HS384 or HS512; "" is HS256
}

// JWT is a ports.Tokens. It is safe for use in parallel.
type JWT struct {
	method *jwt.SigningMethodHMAC
	key    []byte
	keys   jwt.VerificationKeySet
	known  known
}

var methods = map[string]*jwt.SigningMethodHMAC{
	"": jwt.SigningMethodHS256, "HS256": jwt.SigningMethodHS256,
	"HS384": jwt.SigningMethodHS384, "HS512": jwt.SigningMethodHS512,
}

// New fails without keys, with an empty one, and on any other algorithm.
func New(c Config) (*JWT, error) {
	method := methods[c.Algorithm]
	if method == nil {
		return nil, fmt.Errorf("tokens are signed with HS256, HS384 or HS512, not %q", c.Algorithm)
	}
	if len(c.Keys) == 0 {
		return nil, errors.New("tokens need a key")
	}
	j := &JWT{method: method}
	for _, key := range c.Keys {
		if len(key) == 0 {
			return nil, errors.New("an empty key would verify what anybody signs")
		}
		j.keys.Keys = append(j.keys.Keys, slices.Clone(key))
	}
	j.key = slices.Clone(c.Keys[0])
	return j, nil
}

type claims struct {
	jwt.RegisteredClaims
	Session string `json:"sid"`
}

// Sign cuts both times to the second, as the format has it, so that a token is
// over no later than its session. It fails when an id is none.
func (j *JWT) Sign(s session.Session) (string, error) {
	if !isID(string(s.ID)) || !isID(string(s.User)) {
		return "", errors.New("signing a token: the session or its user has no id")
	}
	t := jwt.NewWithClaims(j.method, claims{Session: string(s.ID), RegisteredClaims: jwt.RegisteredClaims{
		Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: string(s.User),
		IssuedAt: jwt.NewNumericDate(s.Opened), ExpiresAt: jwt.NewNumericDate(s.Expires),
	}})
	signed, err := t.SignedString(j.key)
	if err != nil {
		return "", fmt.Errorf("signing a token: %w", err)
	}
	return signed, nil
}

// Verify returns the session as it was signed, its times in UTC. Every claim
// that Sign writes must be there. The library's own errors are dropped: they quote the token.
func (j *JWT) Verify(token string, now time.Time) (session.Session, error) {
	if s, ok := j.known.look(token, now); ok {
		return s, nil
	}
	s, err := j.read(token, now)
	if err == nil {
		j.known.keep(token, s, now)
	}
	return s, err
}

func (j *JWT) read(token string, now time.Time) (session.Session, error) {
	// base64 skips line ends, also when strict, so that one token had many spellings.
	if len(token) > longest || strings.ContainsAny(token, "\r\n") {
		return session.Session{}, session.ErrBadToken
	}
	var c claims
	if _, err := j.parser(now).ParseWithClaims(token, &c, j.keyring); err != nil {
		return session.Session{}, session.ErrBadToken
	}
	if c.IssuedAt == nil || !isID(c.Subject) || !isID(c.Session) {
		return session.Session{}, session.ErrBadToken
	}
	return session.Session{ID: id.ID(c.Session), User: id.ID(c.Subject),
		Opened: c.IssuedAt.UTC(), Expires: c.ExpiresAt.UTC()}, nil
}

// parser checks what it is told to and no more: exp is required because it is
// asked for here, a missing iat or sub passes it in any case.
func (j *JWT) parser(now time.Time) *jwt.Parser {
	return jwt.NewParser(
		jwt.WithValidMethods([]string{j.method.Alg()}),
		jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
		jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(func() time.Time { return now }),
	)
}

func (j *JWT) keyring(*jwt.Token) (any, error) { return j.keys, nil }

func isID(s string) bool {
	_, ok := id.Parse(s)
	return ok
}
