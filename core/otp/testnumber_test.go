package otp_test

import (
	"errors"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/otp"
)

func TestATestNumberIsOverAtItsEnd(t *testing.T) {
	all := otp.TestNumbers{{Number: ada, Code: "111111", End: noon}, {Number: bob, Code: "222222", End: noon.Add(time.Hour)}}
	if got, ok := all.At(ada, noon.Add(-time.Microsecond)); !ok || got != all[0] {
		t.Errorf("before its end: %+v, %v", got, ok)
	}
	if got, ok := all.At(ada, noon); ok || got != (otp.TestNumber{}) {
		t.Errorf("at its end: %+v, %v", got, ok)
	}
	if got, ok := all.At(bob, noon); !ok || got.Code != "222222" {
		t.Errorf("the other: %+v, %v", got, ok)
	}
	if _, ok := otp.TestNumbers(nil).At(ada, noon); ok {
		t.Error("found among none")
	}
}

// A fixed challenge is one like any other: its code opens it once, within its
// life, and another counts as an attempt.
func TestFixedChallenges(t *testing.T) {
	c, derived := fresh(t, noon)
	fixed := otp.TestNumber{Number: ada, Code: "123456", End: noon.Add(time.Hour)}.Fix(key, c)
	if fixed.Expires != c.Expires || fixed.Nonce != c.Nonce {
		t.Errorf("it lives otherwise: %+v", fixed)
	}
	if err := fixed.Try(otp.MACs{key.MAC(otp.Login, ada, derived)}, noon); !errors.Is(err, otp.ErrBadCode) || fixed.Attempts != 1 {
		t.Errorf("the derived code: %v, %d attempts", err, fixed.Attempts)
	}
	if err := fixed.Try(otp.MACs{key.MAC(otp.Login, ada, "123456")}, noon); err != nil {
		t.Error(err)
	}
	if err := fixed.Try(otp.MACs{key.MAC(otp.Login, ada, "123456")}, noon); !errors.Is(err, otp.ErrBadCode) {
		t.Errorf("twice: %v", err)
	}
}

func TestAFixedChallengeEndsWithItsNumber(t *testing.T) {
	c, _ := fresh(t, noon)
	end := noon.Add(3 * time.Minute)
	fixed := otp.TestNumber{Number: ada, Code: "123456", End: end}.Fix(key, c)
	if fixed.Expires != end || fixed.Lives(end) || !fixed.Lives(end.Add(-time.Microsecond)) {
		t.Errorf("it lives until %s", fixed.Expires)
	}
	if err := fixed.Try(otp.MACs{key.MAC(otp.Login, ada, "123456")}, end); !errors.Is(err, otp.ErrBadCode) {
		t.Errorf("after the number: %v", err)
	}
}
