package token

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/golang-jwt/jwt/v5"
)

// key is a key with its algorithm. private signs, and public verifies. For HMAC, they are equal.
type key struct {
	id              string
	method          jwt.SigningMethod
	private, public any
}

// keySet is the set of keys that verify tokens.
type keySet struct {
	signing key
	all     []key
}

func newKeySet(c Config) (keySet, error) {
	method := methods[c.Algorithm]
	if method == nil {
		return keySet{}, fmt.Errorf("the token algorithm is %q, want HS256, HS384 or HS512", c.Algorithm)
	}
	var all []key
	for _, private := range c.Ed25519 {
		public := private.Public()
		k := key{method: jwt.SigningMethodEdDSA, private: private, public: public}
		k.id = thumbprint(k.webKey())
		all = append(all, k)
	}
	for _, secret := range c.Keys {
		if len(secret) == 0 {
			return keySet{}, errors.New("a token key is empty, with which anybody could sign tokens")
		}
		secret = bytes.Clone(secret)
		all = append(all, key{id: hmacID(secret), method: method, private: secret, public: secret})
	}
	if len(all) == 0 {
		return keySet{}, errors.New("a key to sign tokens is required")
	}
	return keySet{signing: all[0], all: all}, nil
}

// hmacID returns an id of an HMAC key that does not reveal it.
func hmacID(secret []byte) string {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("parley kid v1"))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:9])
}

// algorithms returns the names of the algorithms of the keys.
func (s keySet) algorithms() (names []string) {
	for _, k := range s.all {
		names = append(names, k.method.Alg())
	}
	return slices.Compact(names)
}

// verifying is a jwt.Keyfunc. It returns the key that the token names, which must be one of the
// set, and of the token's algorithm. Tokens of earlier versions name no key. They were signed with
// HMAC, so all keys of their algorithm are tried.
func (s keySet) verifying(t *jwt.Token) (any, error) {
	id, named := t.Header["kid"]
	var keys jwt.VerificationKeySet
	for _, k := range s.all {
		if k.method == t.Method && (!named || k.id == id) {
			keys.Keys = append(keys.Keys, k.public)
		}
	}
	if len(keys.Keys) == 0 {
		return nil, errors.New("the token names an unknown key")
	}
	return keys, nil
}

// webKey is a public key as a JSON Web Key (RFC 8037, section 2). The order of the fields is that of
// the thumbprint.
type webKey struct {
	Curve string `json:"crv"`
	Type  string `json:"kty"`
	X     string `json:"x"`
}

// webKey returns a key for EdDSA.
func (k key) webKey() webKey {
	public, _ := k.public.(ed25519.PublicKey)
	return webKey{Curve: "Ed25519", Type: "OKP", X: base64.RawURLEncoding.EncodeToString(public)}
}

// thumbprint returns the thumbprint of a key (RFC 7638).
func thumbprint(k webKey) string {
	members, _ := json.Marshal(k) // cannot fail
	sum := sha256.Sum256(members)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// publishedKey is a key of a JSON Web Key Set (RFC 7517).
type publishedKey struct {
	webKey
	ID        string `json:"kid"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
}

// PublicKeys returns the keys for EdDSA as a JSON Web Key Set (RFC 7517, section 5), or nil if there
// are none.
func (j *JWT) PublicKeys() ([]byte, error) {
	var published []publishedKey
	for _, k := range j.keys.all {
		if k.method == jwt.SigningMethodEdDSA {
			published = append(published, publishedKey{
				webKey:    k.webKey(),
				ID:        k.id,
				Use:       "sig",
				Algorithm: k.method.Alg(),
			})
		}
	}
	if published == nil {
		return nil, nil
	}
	set, err := json.Marshal(map[string]any{"keys": published})
	if err != nil {
		return nil, fmt.Errorf("encoding the public keys: %w", err)
	}
	return set, nil
}
