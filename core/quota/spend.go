package quota

import "github.com/kuvaka-tech/parley/core/fault"

// Budget is how many tokens the models may take on a UTC day, of everybody
// together; 0 sets no end.
type Budget int64

// Spent says whether no more is to be begun after so many tokens.
func (b Budget) Spent(tokens int64) bool { return b > 0 && tokens >= int64(b) }

// ErrOverloaded refuses a message once the day's Budget is spent, whatever its
// user's plan; RetryAfter leads to the next day.
var ErrOverloaded = fault.New(fault.Unavailable, "overloaded", "The service can take no more messages today. Try again tomorrow.")
