package fault_test

import (
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
)

func TestWaitTextRoundsUp(t *testing.T) {
	for wait, want := range map[time.Duration]string{
		0:                               "1 second",
		time.Microsecond:                "1 second",
		time.Second:                     "1 second",
		time.Second + 1:                 "2 seconds",
		time.Minute:                     "60 seconds",
		2 * time.Minute:                 "120 seconds",
		2*time.Minute + 1:               "3 minutes",
		59 * time.Minute:                "59 minutes",
		59*time.Minute + time.Second:    "1 hour",
		time.Hour + time.Second:         "1 hour and 1 minute",
		3*time.Hour + 12*time.Minute:    "3 hours and 12 minutes",
		18*time.Hour - time.Second/2:    "18 hours",
		24*time.Hour - time.Microsecond: "24 hours",
		23*time.Hour + 59*time.Minute:   "23 hours and 59 minutes",
		-time.Second:                    "1 second",
	} {
		if got := fault.WaitText(wait); got != want {
			t.Errorf("WaitText(%v) = %q, want %q", wait, got, want)
		}
	}
}
