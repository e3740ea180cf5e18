package reply

import (
	"fmt"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
)

// BacklogRetryAfter is the RetryAfter of a request that ErrBacklog has refused. A user has room
// for one more reply as soon as one of the queued ones starts or is cancelled, which usually
// takes seconds.
const BacklogRetryAfter = 10 * time.Second

// ErrBacklog means that the user has as many queued replies as chat.Ask.MaxQueued allows.
// Its code is that of fault.ErrRateLimited, but not its message: to wait is not enough here.
// app/talk replaces it with BacklogError.
var ErrBacklog = fault.New(fault.Exhausted, "rate_limited",
	"Too many of your messages are queued for an answer.")

// BacklogError returns ErrBacklog with the limit in its message and with RetryAfter.
func BacklogError(maxQueued int) *fault.Error {
	full := *ErrBacklog
	full.Message = fmt.Sprintf("Too many of your messages are queued for an answer: at most %d may. "+
		"Wait until some of them are answered, or cancel one, then try again.", maxQueued)
	full.RetryAfter = BacklogRetryAfter
	return &full
}
