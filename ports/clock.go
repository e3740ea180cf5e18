package ports

import "time"

// Clock tells the time.
type Clock interface {
	// Now returns the time in UTC, truncated to microseconds, which is the precision of Postgres.
	Now() time.Time
}
