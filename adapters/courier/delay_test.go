package courier_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/internal/smstest"
)

func TestTheFirstAttemptIsDelayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakeSender{}
		h := newHarness(t, s)
		h.config.Delay = 100 * time.Millisecond
		h.start(t)
		start := time.Now()
		h.send(t, smstest.Text)
		h.stop(t)
		attempts := s.allAttempts()
		if len(attempts) != 1 || attempts[0].At.Sub(start) != h.config.Delay {
			t.Errorf("attempts = %v, want one %s after Send", attempts, h.config.Delay)
		}
	})
}
