// Package ports names what the use cases need of the outside world. Each
// method says how it fails; beyond what it says, any method may fail with an
// error of its own when its system is away or ctx is over, and has then done
// all of its work or none. That error is ErrAway when the system is known to be
// away. Package portstest holds each port's contract as tests.
package ports

import (
	"errors"
	"time"
)

// ErrAway says that a system cannot be reached, or serves nobody for now: trying
// again in a moment may help. It is no refusal of package fault, after which
// nothing has been done: here the answer alone may be what was lost.
var ErrAway = errors.New("the system is away")

// Clock tells the time in UTC, cut to the microseconds that a database keeps.
type Clock interface {
	Now() time.Time
}
