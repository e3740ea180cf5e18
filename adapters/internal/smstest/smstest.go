// Package smstest helps to test adapters that implement ports.SMS. It has a text and a
// number to send, and checks that neither appears in errors and logs.
package smstest

import (
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/phone"
)

const (
	// Text is a secret text with a one-time code.
	Text = "canary-text 123456"
	// To is the number that Number returns, in E.164.
	To = "+15550001234"
)

// Number returns To as a phone.Number.
func Number(t *testing.T) phone.Number {
	t.Helper()
	n, err := phone.Parse(To)
	if err != nil {
		t.Fatalf("parsing %s: %v", To, err)
	}
	return n
}

// ExpectNoSecrets fails the test if output contains a part of Text, the number
// without its country code, or one of the other secrets.
func ExpectNoSecrets(t *testing.T, output string, others ...string) {
	t.Helper()
	for _, secret := range append([]string{"canary", "123456", "5550001234"}, others...) {
		if strings.Contains(output, secret) {
			t.Errorf("the output contains the secret %q:\n%s", secret, output)
		}
	}
}

// Failure describes the error that a Send of Text must return.
type Failure struct {
	Kind       fault.Kind
	RetryAfter time.Duration
	Contains   string // part of the error's text
}

// Check fails the test if err is not the described failure, or contains a secret.
func (f Failure) Check(t *testing.T, err error, secrets ...string) {
	t.Helper()
	if err == nil {
		t.Error("Send succeeded, want an error")
		return
	}
	got := fault.Of(err)
	if got.Kind != f.Kind || got.RetryAfter != f.RetryAfter {
		t.Errorf("Send failed with %v: kind %d, retry after %s; want kind %d, retry after %s",
			err, got.Kind, got.RetryAfter, f.Kind, f.RetryAfter)
	}
	if !strings.Contains(err.Error(), f.Contains) {
		t.Errorf("Send failed with %v, want an error with %q", err, f.Contains)
	}
	ExpectNoSecrets(t, err.Error(), secrets...)
}
