package configs

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"time"
)

// sessionTTL returns the lifetime of a session, which is at least that of an access token.
func (l *loader) sessionTTL() time.Duration {
	access := time.Duration(l.AccessTokenMinutes) * time.Minute
	return max(access, time.Duration(l.RefreshTokenDays)*24*time.Hour)
}

// ed25519Keys returns the keys in JWT_ED25519_KEY and JWT_ED25519_KEY_PREVIOUS, the current one
// first.
func (l *loader) ed25519Keys() []ed25519.PrivateKey {
	l.check(l.Ed25519Previous == "" || l.Ed25519Key != "", "JWT_ED25519_KEY",
		"must be set if JWT_ED25519_KEY_PREVIOUS is set")
	return append(l.ed25519Key("JWT_ED25519_KEY", l.Ed25519Key),
		l.ed25519Key("JWT_ED25519_KEY_PREVIOUS", l.Ed25519Previous)...)
}

// ed25519Key returns the key in a variable, or nothing if the variable is not set or invalid.
func (l *loader) ed25519Key(variable, value string) []ed25519.PrivateKey {
	if value == "" {
		return nil
	}
	der, _ := base64.StdEncoding.DecodeString(value)
	parsed, _ := x509.ParsePKCS8PrivateKey(der)
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		l.fail(variable, "must be the output of: openssl genpkey -algorithm ed25519 -outform DER | base64")
		return nil
	}
	return []ed25519.PrivateKey{key}
}
