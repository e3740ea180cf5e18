package otp_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"regexp"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
)

var (
	key    = otp.NewKey([]byte("a secret of the server, 32 bytes long"))
	ada, _ = phone.Parse("+1234567890")
	bob, _ = phone.Parse("+1234567891")
	noon   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

// newChallenge returns a login challenge of ada that is issued at noon, and its code.
func newChallenge(t rapid.TB) (c otp.Challenge, code string) {
	t.Helper()
	c, err := otp.NewChallenge(key, otp.Slot{Purpose: otp.Login, Number: ada}, noon, rand.Reader)
	if err != nil {
		t.Fatalf("create a challenge: %v", err)
	}
	return c, key.Code(c.Purpose, c.Number, c.Nonce)
}

// macOf returns the MAC of a login code of ada.
func macOf(code string) otp.MACs { return otp.MACs{key.MAC(otp.Login, ada, code)} }

func TestACodeOpensOnlyItsOwnChallenge(t *testing.T) {
	sixDigits := regexp.MustCompile(`^[0-9]{6}$`)
	otherKey := otp.NewKey([]byte("another"))
	rapid.Check(t, func(t *rapid.T) {
		c, code := newChallenge(t)
		if !sixDigits.MatchString(code) || otp.CheckFormat(code) != nil {
			t.Fatalf("the code is %q, want 6 digits", code)
		}
		for name, mac := range map[string]otp.MAC{
			"another purpose": key.MAC(otp.Reset, ada, code),
			"another number":  key.MAC(otp.Login, bob, code),
			"another key":     otherKey.MAC(otp.Login, ada, code),
			"no code":         {},
		} {
			try := c
			if err := try.Try(otp.MACs{mac}, noon); !errors.Is(err, otp.ErrBadCode) {
				t.Fatalf("Try with the code of %s: error %v, want ErrBadCode", name, err)
			}
		}
		if err := c.Try(macOf(code), noon); err != nil {
			t.Fatalf("Try with the right code: error %v, want success", err)
		}
	})
}

func TestCheckFormat(t *testing.T) {
	for _, code := range []string{"", "12345", "1234567", "12345a", "１２３４５６", "-12345", "12345\n"} {
		if err := otp.CheckFormat(code); !errors.Is(err, otp.ErrFormat) {
			t.Errorf("CheckFormat(%q): error %v, want ErrFormat", code, err)
		}
	}
}

// Each first digit is about equally frequent, so that it does not help to guess it.
func TestCodesAreUniform(t *testing.T) {
	var byFirstDigit [10]int
	for i := range 10_000 {
		nonce := [16]byte(bytes.Repeat([]byte{byte(i), byte(i >> 8)}, 8))
		byFirstDigit[key.Code(otp.Login, ada, nonce)[0]-'0']++
	}
	for digit, n := range byFirstDigit {
		if n < 850 || n > 1150 {
			t.Errorf("%d of 10,000 codes start with %d, want about 1,000", n, digit)
		}
	}
}
