package otp_test

import (
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/otp"
)

func TestGuesses(t *testing.T) {
	for wrong, want := range map[int]time.Duration{
		5:  0,
		6:  time.Second,
		7:  2 * time.Second,
		10: 16 * time.Second,
		17: 2048 * time.Second,
		18: time.Hour,
		80: time.Hour,
	} {
		var g otp.Guesses
		for range wrong {
			g = g.AddWrong(noon)
		}
		if got := max(0, g.BlockedUntil.Sub(noon)); got != want {
			t.Errorf("the delay after %d wrong codes is %s, want %s", wrong, got, want)
		}
		err := g.Check(noon)
		if (err != nil) != (want > 0) || want > 0 && fault.Of(err).RetryAfter != want {
			t.Errorf("Check after %d wrong codes: error %v, want RetryAfter %s", wrong, err, want)
		}
		if err := g.Check(g.BlockedUntil); err != nil {
			t.Errorf("Check at the end of the delay after %d wrong codes: error %v, want none", wrong, err)
		}
		if later := g.AddWrong(g.LastWrong.Add(25 * time.Hour)); later.Wrong != 1 {
			t.Errorf("%d wrong codes are counted after a day without one, want 1", later.Wrong)
		}
	}
}
