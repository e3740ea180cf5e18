package session_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
)

const sessionID = id.ID("01907e6d-02c4-7d11-8a3b-6f0e9c2d4b7a")

func TestRefreshTokens(t *testing.T) {
	keys := session.NewRefreshKeys([][]byte{[]byte("secret")})
	for _, n := range []int{0, 1, 1_000_000, math.MaxInt64} {
		token := keys.Token(sessionID, n)
		gotID, gotN, err := keys.Parse(token)
		if err != nil || gotID != sessionID || gotN != n {
			t.Errorf("Parse of token %d = %q, %d, %v, want the same session and number", n, gotID, gotN, err)
		}
	}
}

func TestRefreshTokensOfAPreviousSecret(t *testing.T) {
	old, current := []byte("old"), []byte("new")
	token := session.NewRefreshKeys([][]byte{old}).Token(sessionID, 7)
	if _, n, err := session.NewRefreshKeys([][]byte{current, old}).Parse(token); err != nil || n != 7 {
		t.Errorf("Parse with the previous secret = %d, %v, want 7", n, err)
	}
	if _, _, err := session.NewRefreshKeys([][]byte{current}).Parse(token); !errors.Is(err, session.ErrBadToken) {
		t.Errorf("Parse without the previous secret: %v, want ErrBadToken", err)
	}
}

func TestForgedRefreshTokens(t *testing.T) {
	keys := session.NewRefreshKeys([][]byte{[]byte("secret")})
	token := keys.Token(sessionID, 3)
	for _, forged := range []session.RefreshToken{
		"", ".", "..", "...", "a.b.c", token + ".", "." + token, token + "A", token + "\n", token[1:],
		session.RefreshToken(strings.Replace(string(token), ".3.", ".4.", 1)),
		session.RefreshToken(strings.ToUpper(string(token))),
	} {
		if _, _, err := keys.Parse(forged); !errors.Is(err, session.ErrBadToken) {
			t.Errorf("Parse of %q: %v, want ErrBadToken", forged, err)
		}
	}
	for i := range token {
		b := []byte(token)
		b[i] ^= 1
		if _, _, err := keys.Parse(session.RefreshToken(b)); !errors.Is(err, session.ErrBadToken) {
			t.Errorf("Parse with a change at byte %d: %v, want ErrBadToken", i, err)
		}
	}
}
