package otp_test

import (
	"errors"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/otp"
)

func TestATestNumberWorksUntilItsEnd(t *testing.T) {
	all := otp.TestNumbers{
		{Number: ada, Code: "111111", Expires: noon},
		{Number: bob, Code: "222222", Expires: noon.Add(time.Hour)},
	}
	if got, ok := all.Find(ada, noon.Add(-time.Microsecond)); !ok || got != all[0] {
		t.Errorf("Find just before the end: %+v, %v; want the test number", got, ok)
	}
	if got, ok := all.Find(ada, noon); ok || got != (otp.TestNumber{}) {
		t.Errorf("Find at the end: %+v, %v; want none", got, ok)
	}
	if got, ok := all.Find(bob, noon); !ok || got != all[1] {
		t.Errorf("Find of another number: %+v, %v; want that number", got, ok)
	}
	if got, ok := otp.TestNumbers(nil).Find(ada, noon); ok {
		t.Errorf("Find without test numbers: %+v, want none", got)
	}
}

// newFixed returns a challenge of ada with the fixed code 123456, and the code that
// it would have without one.
func newFixed(t *testing.T, end time.Time) (fixed otp.Challenge, derived string) {
	t.Helper()
	c, derived := newChallenge(t)
	fixed = otp.TestNumber{Number: ada, Code: "123456", Expires: end}.Apply(key, c)
	if fixed.Nonce != c.Nonce {
		t.Errorf("Apply changed the challenge %+v to %+v, want the same nonce", c, fixed)
	}
	return fixed, derived
}

// Apart from its code, the challenge of a test number is like any other.
func TestTheFixedCodeOpensTheChallengeOnce(t *testing.T) {
	fixed, derived := newFixed(t, noon.Add(time.Hour))
	if want := noon.Add(otp.CodeTTL); fixed.Expires != want {
		t.Errorf("the challenge expires at %s, want %s", fixed.Expires, want)
	}
	if err := fixed.Try(macOf(derived), noon); !errors.Is(err, otp.ErrBadCode) || fixed.Attempts != 1 {
		t.Errorf("Try with the derived code: error %v, %d attempts; want ErrBadCode and 1", err, fixed.Attempts)
	}
	if err := fixed.Try(macOf("123456"), noon); err != nil {
		t.Errorf("Try with the fixed code: error %v, want success", err)
	}
	if err := fixed.Try(macOf("123456"), noon); !errors.Is(err, otp.ErrBadCode) {
		t.Errorf("second Try with the fixed code: error %v, want ErrBadCode", err)
	}
}

func TestTheFixedCodeExpiresWithItsNumber(t *testing.T) {
	end := noon.Add(3 * time.Minute)
	fixed, _ := newFixed(t, end)
	if fixed.Expires != end || fixed.Active(end) || !fixed.Active(end.Add(-time.Microsecond)) {
		t.Errorf("the challenge expires at %s, want %s", fixed.Expires, end)
	}
	if err := fixed.Try(macOf("123456"), end); !errors.Is(err, otp.ErrBadCode) {
		t.Errorf("Try after the test number has ended: error %v, want ErrBadCode", err)
	}
}
