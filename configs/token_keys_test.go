package configs

import (
	"encoding/base64"
	"testing"
	"time"
)

// The output of openssl genpkey -algorithm ed25519 -outform DER | base64, twice, and that of another
// algorithm (x25519).
const (
	ed25519Key      = "MC4CAQAwBQYDK2VwBCIEIC5x+p/1z1D9B8mFJ1d3m6yT7Qk4Y4vJmVq0mB1lXwQa"
	otherEd25519Key = "MC4CAQAwBQYDK2VwBCIEIHc0mB1lXwQa5x+p/1z1D9B8mFJ1d3m6yT7Qk4Y4vJmV"
	x25519Key       = "MC4CAQAwBQYDK2VuBCIEIHc0mB1lXwQa5x+p/1z1D9B8mFJ1d3m6yT7Qk4Y4vJmV"
)

func TestEd25519Keys(t *testing.T) {
	both := environment{"JWT_ED25519_KEY": ed25519Key, "JWT_ED25519_KEY_PREVIOUS": otherEd25519Key}.load(t)
	if n := len(both.Ed25519Keys); n != 2 || both.Ed25519Keys[0].Equal(both.Ed25519Keys[1]) {
		t.Fatalf("%d keys, want the current and the previous one", n)
	}
	one := environment{"JWT_ED25519_KEY": ed25519Key}.load(t)
	if len(one.Ed25519Keys) != 1 || !one.Ed25519Keys[0].Equal(both.Ed25519Keys[0]) {
		t.Error("JWT_ED25519_KEY alone gives another key, want the same one first")
	}
	seed := base64.StdEncoding.EncodeToString(make([]byte, 32))
	for _, value := range []string{"x", ed25519Key[1:], x25519Key, seed} {
		environment{"JWT_ED25519_KEY": value}.wantProblems(t, "JWT_ED25519_KEY")
	}
	environment{"JWT_ED25519_KEY_PREVIOUS": ed25519Key}.wantProblems(t, "JWT_ED25519_KEY")
}

func TestASessionLivesAtLeastAsLongAsAnAccessToken(t *testing.T) {
	c := environment{"ACCESS_TOKEN_EXPIRE_MINUTES": "100000", "REFRESH_TOKEN_EXPIRE_DAYS": "1"}.load(t)
	if c.SessionTTL != 100_000*time.Minute {
		t.Errorf("a session lives for %s, want as long as an access token", c.SessionTTL)
	}
}
