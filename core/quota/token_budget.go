package quota

import "github.com/kuvaka-tech/parley/core/fault"

// TokenBudget is how many tokens the models may use on a UTC day, for all users
// together. 0 means no limit.
type TokenBudget int64

// Exhausted reports whether this number of used tokens reaches the budget, so that new
// messages must be refused.
func (b TokenBudget) Exhausted(tokens int64) bool { return b > 0 && tokens >= int64(b) }

// ErrOverloaded means that the day's TokenBudget is exhausted. It applies to messages of
// every plan. app/talk sets RetryAfter to the time until the next UTC day.
var ErrOverloaded = fault.New(fault.Unavailable, "overloaded",
	"The service can take no more messages today. Try again tomorrow.")
