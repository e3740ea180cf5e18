// Package ports names what the use cases need of the outside world. Each
// method says how it fails; beyond what it says, any method may fail with an
// error of its own when its system is away or ctx is over, and has then done
// all of its work or none. Package portstest holds each port's contract as tests.
package ports

import "time"

// Clock tells the time in UTC, cut to the microseconds that a database keeps.
type Clock interface {
	Now() time.Time
}
