package otp

import (
	"time"

	"github.com/kuvaka-tech/parley/core/phone"
)

// MaxTestNumberTTL limits how far in the future the last day of a test number may be.
const MaxTestNumberTTL = 90 * 24 * time.Hour

// TestNumber is a number with a fixed code. It is for the reviewers of an app store, who
// cannot receive a text. No text is sent to it.
type TestNumber struct {
	Number  phone.Number
	Code    string
	Expires time.Time
}

// TestNumbers are the configured test numbers, including expired ones.
type TestNumbers []TestNumber

// Find returns the test number n. It returns false if n is not a test number or has
// expired at now.
func (ts TestNumbers) Find(n phone.Number, now time.Time) (TestNumber, bool) {
	for _, t := range ts {
		if t.Number == n && now.Before(t.Expires) {
			return t, true
		}
	}
	return TestNumber{}, false
}

// Apply returns the challenge with the fixed code in place of the derived one. The
// challenge expires no later than the test number.
func (t TestNumber) Apply(k Key, c Challenge) Challenge {
	c.MAC = k.MAC(c.Purpose, c.Number, t.Code)
	if t.Expires.Before(c.Expires) {
		c.Expires = t.Expires
	}
	return c
}
