package portstest

import (
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/ports"
)

// Clock is the contract of a ports.Clock.
func Clock(t *testing.T, open func(t *testing.T) ports.Clock) {
	clock := open(t)
	for range 100 {
		now := clock.Now()
		if now.IsZero() || now.Location() != time.UTC {
			t.Fatalf("%v is not a time in UTC", now)
		}
		if cut := now.Truncate(time.Microsecond); now != cut {
			t.Fatalf("%v must equal %v, as it will read when a database gives it back", now, cut)
		}
	}
}
