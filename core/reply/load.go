package reply

import (
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
)

const (
	// MaxWait is the longest expected wait with which a new reply is queued.
	MaxWait = 5 * time.Minute
	// CapacityWindow is the period over which workers count the replies that they finish.
	CapacityWindow = time.Minute
	// maxOverloadRetry limits the RetryAfter of an overload.
	maxOverloadRetry = MaxWait
)

// ErrOverloaded means that a new reply would wait longer than MaxWait. For errors.Is it equals
// quota.ErrOverloaded, because clients see the same code. Its message is another one.
var ErrOverloaded = fault.New(fault.Unavailable, "overloaded",
	"Too many users are waiting for answers. Try again in a few minutes.")

// Capacity is what all live workers can do together.
type Capacity struct {
	Slots    int // attempts that they can run concurrently
	Finished int // replies that they finished in the last CapacityWindow
	Unknown  int // workers that do not report their slots, because they run an older version
}

// Load is the state of the queue for a new reply.
type Load struct {
	Capacity
	UsersAhead int // users who are served before it
}

// Wait returns how long a new reply is expected to wait: as long as one answer for each user
// ahead takes. The rate of the answers is that of the last CapacityWindow. It is at least one
// answer per slot and AttemptTimeout, so that an idle or just recovered system accepts replies.
// ok is false if the capacity is not known, because no worker is live or one of them does not
// report it.
func (l Load) Wait() (wait time.Duration, ok bool) {
	if l.Slots <= 0 || l.Unknown > 0 {
		return 0, false
	}
	wait = l.timeOf(AttemptTimeout, l.Slots)
	if l.Finished > 0 {
		wait = min(wait, l.timeOf(CapacityWindow, l.Finished))
	}
	return wait, true
}

// timeOf returns how long the users ahead take if there are n answers in a period.
func (l Load) timeOf(period time.Duration, n int) time.Duration {
	return time.Duration(float64(l.UsersAhead) * float64(period) / float64(n))
}

// Overload returns ErrOverloaded if a new reply would wait longer than MaxWait, and nil
// otherwise. RetryAfter is the time until the wait is MaxWait if no other reply is queued.
func (l Load) Overload() *fault.Error {
	wait, ok := l.Wait()
	if !ok || wait <= MaxWait {
		return nil
	}
	return ErrOverloaded.After(min(max(wait-MaxWait, time.Second), maxOverloadRetry))
}

// CountUpTo is the number of users ahead from which on Overload returns the same.
func (c Capacity) CountUpTo() int {
	longest := MaxWait + maxOverloadRetry
	return 1 + max(c.Slots*int(longest/AttemptTimeout), c.Finished*int(longest/CapacityWindow))
}
