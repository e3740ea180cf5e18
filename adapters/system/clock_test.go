package system_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/system"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

func TestClock(t *testing.T) {
	portstest.Clock(t, func(*testing.T) ports.Clock { return system.Clock{} })
}

func TestClockFollowsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(1500 * time.Nanosecond)
		began := system.Clock{}.Now()
		if lag := time.Since(began); lag != 500*time.Nanosecond {
			t.Errorf("the clock is %v behind, want the truncated 500ns", lag)
		}
		time.Sleep(time.Hour)
		if passed := (system.Clock{}).Now().Sub(began); passed != time.Hour {
			t.Errorf("after an hour the clock has advanced by %v, want 1h", passed)
		}
	})
}
