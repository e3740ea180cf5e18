package session_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"
	"testing/iotest"

	"github.com/kuvaka-tech/parley/core/session"
)

func TestDeviceTokensAreRandomAndWellFormed(t *testing.T) {
	seen := map[session.DeviceID]bool{}
	for range 100 {
		token, err := session.NewDeviceToken(rand.Reader)
		if err != nil || !token.IsWellFormed() {
			t.Fatalf("NewDeviceToken = %q, %v, want a well-formed token", token, err)
		}
		seen[token.ID()] = true
	}
	if len(seen) != 100 {
		t.Errorf("100 tokens have %d ids, want 100", len(seen))
	}
}

func TestOtherTextsAreNoDeviceTokens(t *testing.T) {
	token, err := session.NewDeviceToken(bytes.NewReader(make([]byte, 32)))
	if err != nil {
		t.Fatalf("NewDeviceToken: %v", err)
	}
	for _, other := range []session.DeviceToken{
		"", "x", token + "A", token + "\n", token[1:], token[:len(token)-1] + "B", token + "=",
	} {
		if other.IsWellFormed() {
			t.Errorf("the token %q is well-formed, want only base64 of 32 bytes in one spelling", other)
		}
	}
}

func TestNewDeviceTokenWithoutRandomness(t *testing.T) {
	noEntropy := errors.New("no entropy")
	if _, err := session.NewDeviceToken(iotest.ErrReader(noEntropy)); !errors.Is(err, noEntropy) {
		t.Errorf("NewDeviceToken: error %v, want the error of the reader", err)
	}
}
