package otp_test

import (
	"errors"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"

	"github.com/kuvaka-tech/parley/core/otp"
)

// Whatever the order of right and wrong codes, a challenge opens at most once, only
// with its code, before it expires, and in one of the first five attempts.
func TestAChallengeOpensOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, code := newChallenge(t)
		opened, attempts := 0, 0
		for range rapid.IntRange(1, 12).Draw(t, "tries") {
			now := noon.Add(time.Duration(rapid.Int64Range(0, int64(otp.CodeTTL)+2).Draw(t, "at")))
			macs, right := macOf("wrong"), rapid.Bool().Draw(t, "right")
			if right {
				macs = macOf(code)
			}
			compared := opened == 0 && attempts < otp.MaxAttempts && now.Before(c.Expires)
			if err := c.Try(macs, now); (err == nil) != (right && compared) {
				t.Fatalf("Try of a right code: %v, after %d attempts, opened %d times, %s after the issue: error %v",
					right, attempts, opened, now.Sub(noon), err)
			}
			if compared {
				attempts++
			}
			if compared && right {
				opened++
			}
		}
		if c.Attempts != attempts {
			t.Fatalf("the challenge has counted %d attempts, want %d", c.Attempts, attempts)
		}
	})
}

func TestAChallengeExpires(t *testing.T) {
	c, code := newChallenge(t)
	end := noon.Add(otp.CodeTTL)
	late := c
	if late.Try(macOf(code), end) == nil || late.Active(end) {
		t.Error("the challenge is still valid when it expires, want it refused and not active")
	}
	if err := c.Try(macOf(code), end.Add(-time.Microsecond)); err != nil || c.Active(noon) {
		t.Errorf("Try just before the challenge expires: error %v, active %v; want success and used",
			err, c.Active(noon))
	}
}

func TestAnExhaustedChallengeStaysActive(t *testing.T) {
	c, _ := newChallenge(t)
	for attempt := range otp.MaxAttempts {
		if c.Exhausted() {
			t.Fatalf("the challenge is exhausted after %d attempts, want %d", attempt, otp.MaxAttempts)
		}
		_ = c.Try(otp.MACs{{}}, noon)
	}
	if !c.Exhausted() || !c.Active(noon) {
		t.Errorf("after all attempts: exhausted %v, active %v; want both", c.Exhausted(), c.Active(noon))
	}
}

func TestADeadChallengeIsKeptForAnHour(t *testing.T) {
	expired, _ := newChallenge(t)
	used, dead := expired, expired
	used.Used = true
	dead.Attempts = otp.MaxAttempts
	for name, c := range map[string]struct {
		challenge otp.Challenge
		after     time.Duration
	}{
		"used":    {used, 0},
		"expired": {expired, otp.CodeTTL},
		"dead":    {dead, otp.CodeTTL + time.Hour},
	} {
		at := noon.Add(c.after)
		if c.challenge.Disposable(at.Add(-1)) && c.after > 0 || !c.challenge.Disposable(at) {
			t.Errorf("a challenge that is %s is not disposable from %s on, want it so", name, c.after)
		}
	}
	if !dead.Dead() || used.Dead() || expired.Dead() {
		t.Error("a challenge is dead although it has attempts or was used, or not dead without attempts")
	}
}

func TestNewChallengeWithoutRandomness(t *testing.T) {
	noEntropy := errors.New("no entropy")
	_, err := otp.NewChallenge(key, otp.Slot{Purpose: otp.Login, Number: ada}, noon, iotest.ErrReader(noEntropy))
	if !errors.Is(err, noEntropy) {
		t.Errorf("NewChallenge: error %v, want the error of the reader", err)
	}
}
