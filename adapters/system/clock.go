// Package system implements ports with the machine that the program runs on: its
// clock and its standard output.
package system

import "time"

// Clock is the machine's clock.
type Clock struct{}

// Now implements ports.Clock. It returns UTC, truncated to the microseconds that a
// timestamptz of PostgreSQL stores.
func (Clock) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
