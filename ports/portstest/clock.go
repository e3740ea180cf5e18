package portstest

import (
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/ports"
)

// Clock is the contract of ports.Clock.
func Clock(t *testing.T, open func(t *testing.T) ports.Clock) {
	clock := open(t)
	for range 100 {
		now := clock.Now()
		if now.IsZero() || now.Location() != time.UTC {
			t.Fatalf("Now() = %v, want a time in UTC", now)
		}
		if rounded := now.Truncate(time.Microsecond); now != rounded {
			t.Fatalf("Now() = %v, want whole microseconds and no monotonic clock reading: %v", now, rounded)
		}
	}
}
