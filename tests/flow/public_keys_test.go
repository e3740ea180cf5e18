package flow

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/golang-jwt/jwt/v5"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/tests/client"
)

// newEd25519Key returns the value of JWT_ED25519_KEY for a new key.
func newEd25519Key(t *testing.T) string {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatalf("generating a key: %v", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatalf("encoding the key: %v", err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

// Another service verifies an access token with the published key.
func TestAnotherServiceVerifiesAnAccessToken(t *testing.T) {
	key := newEd25519Key(t)
	synctest.Test(t, func(t *testing.T) {
		p := start(t, config(t, "JWT_ED25519_KEY", key), boot.InProcess())
		session := p.logIn(client.Number())
		var set struct {
			Keys []struct{ X, Kid string }
		}
		r := p.newDevice().Want(http.StatusOK, "GET", "/.well-known/jwks.json", nil)
		if err := r.Decode(&set); err != nil || len(set.Keys) != 1 {
			t.Fatalf("the published keys are %s, %v, want one", r.Body, err)
		}
		public, err := base64.RawURLEncoding.DecodeString(set.Keys[0].X)
		if err != nil {
			t.Fatalf("decoding the public key: %v", err)
		}
		_, err = jwt.Parse(session.access, func(parsed *jwt.Token) (any, error) {
			if parsed.Header["kid"] != set.Keys[0].Kid {
				t.Errorf("the token names the key %v, want %s", parsed.Header["kid"], set.Keys[0].Kid)
			}
			return ed25519.PublicKey(public), nil
		}, jwt.WithValidMethods([]string{"EdDSA"}))
		if err != nil {
			t.Errorf("verifying the access token: %v", err)
		}
		p.checkAccess("the access token", session.access, true)
	})
}

func TestWithoutEd25519NoKeysArePublished(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		p.newDevice().wantError(http.StatusNotFound, "not_found", "GET", "/.well-known/jwks.json", nil)
	})
}
