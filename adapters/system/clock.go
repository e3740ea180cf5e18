// Package system is the machine that the program runs on.
package system

import "time"

// Clock is the machine's clock.
type Clock struct{}

// Now is in UTC and cut to the microseconds that Postgres keeps of a timestamptz.
func (Clock) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
