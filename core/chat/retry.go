package chat

import (
	"time"

	"github.com/kuvaka-tech/parley/core/id"
)

const (
	MaxRetries     = 3
	MaxCrashes     = 20
	RetryWindow    = 5 * time.Minute  // from the first claim
	AttemptTimeout = 60 * time.Second // of one call of the model
	Lease          = 10 * time.Second
	RenewEvery     = 3 * time.Second
	LongestAnswer  = 1 << 20          // bytes, beyond which it is cut and whole
	LiveFor        = 10 * time.Minute // a live log keeps a room at least, after the last thing there: longer than a reply is written, retries and all
)

// Codes of a failed reply.
const (
	CodeBlocked     = "llm_blocked"     // the model's safety rules refuse
	CodeRejected    = "llm_rejected"    // the model finds the request invalid
	CodeUnavailable = "llm_unavailable" // the model is away, overloaded, or cut its answer short
	CodeTimeout     = "llm_timeout"     // the model took too long
)

// Failure is how a model fails. Its text holds nothing of the conversation.
type Failure struct {
	Code       string // one of the Code constants
	Retryable  bool
	RetryAfter time.Duration // as the model asks, 0 when it does not say
	Unasked    bool          // nobody was asked, so that trying again costs no retry
	Cause      error
}

func (f *Failure) Error() string {
	if f.Cause == nil {
		return f.Code
	}
	return f.Code + ": " + f.Cause.Error()
}

func (f *Failure) Unwrap() error { return f.Cause }

// Task is a claimed reply with the prompt it answers.
type Task struct {
	Reply      id.ID
	Room       id.ID
	User       id.ID
	Prompt     Message
	Fence      int64
	Rev        int64 // the room's, after the claim
	Errors     int
	Crashes    int
	FirstClaim time.Time
	Claimed    time.Time // when this claim was asked for, from when on its lease counts
}

// Decide turns an attempt's failure into its outcome: tried again while that
// may help and is allowed, else failed for good with a text for the reader and
// the unit given back. chance, in [0, 1), spreads the retries.
func Decide(t Task, f *Failure, now time.Time, chance float64) Outcome {
	if f.Retryable && (f.Unasked || t.Errors < MaxRetries) {
		at := now.Add(max(f.RetryAfter, Backoff(t.Errors, chance)))
		if at.Before(t.FirstClaim.Add(RetryWindow)) {
			return Outcome{Status: Queued, RetryAt: at, Unasked: f.Unasked}
		}
	}
	return Outcome{Status: Failed, Error: f.Code, Content: fallback(f.Code), Refund: true}
}

// Backoff is the wait before retry n (from 0): 1, 2, 4 s, half less to half more.
func Backoff(n int, chance float64) time.Duration {
	return time.Duration(float64(time.Second<<n) * (0.5 + chance))
}

// GivenUp is the failure of a reply whose workers keep dying, or nil while there is hope.
func (t Task) GivenUp() *Failure {
	if t.Crashes < MaxCrashes {
		return nil
	}
	return &Failure{Code: CodeUnavailable}
}

func fallback(code string) string {
	switch code {
	case CodeBlocked:
		return "I can't answer this: the request was blocked by the model's safety rules."
	case CodeRejected:
		return "I can't answer this: the model did not accept the request."
	}
	return "I'm sorry, I couldn't come up with an answer right now. Please try again in a little while."
}
