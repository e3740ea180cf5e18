package otp

import (
	"time"

	"github.com/kuvaka-tech/parley/core/phone"
)

// MaxTest is how far ahead a test number's last day may be.
const MaxTest = 90 * 24 * time.Hour

// TestNumber is a number that a fixed code opens until End, for those who have no
// phone to receive one: the reviewers of an app store. No text is sent to it.
type TestNumber struct {
	Number phone.Number
	Code   string
	End    time.Time
}

// TestNumbers are those that are configured, over or not.
type TestNumbers []TestNumber

// At finds a number among those that are not over.
func (all TestNumbers) At(n phone.Number, now time.Time) (TestNumber, bool) {
	for _, t := range all {
		if t.Number == n && now.Before(t.End) {
			return t, true
		}
	}
	return TestNumber{}, false
}

// Fix makes a fresh challenge one that the test number's code opens, and that is
// over with it.
func (t TestNumber) Fix(k Key, c Challenge) Challenge {
	c.MAC = k.MAC(c.Purpose, c.Number, t.Code)
	if t.End.Before(c.Expires) {
		c.Expires = t.End
	}
	return c
}
