package reply

import "time"

// The codes of a failed reply, as clients see them.
const (
	CodeBlocked     = "llm_blocked"     // the model's safety rules block the conversation
	CodeRejected    = "llm_rejected"    // the model rejects the request as invalid
	CodeUnavailable = "llm_unavailable" // the model is unavailable or overloaded, or its answer was cut off
	CodeTimeout     = "llm_timeout"     // the model took longer than AttemptTimeout
)

// Failure is the error of an attempt at a reply. Its text must not contain any text of
// the conversation.
type Failure struct {
	Code       string // one of the Code constants
	Retryable  bool
	RetryAfter time.Duration // the wait that the provider asked for, 0 if it did not
	NotCalled  bool          // no model was called, so the retry does not count towards MaxRetries
	Cause      error
}

// Error returns the code and the cause.
func (f *Failure) Error() string {
	if f.Cause == nil {
		return f.Code
	}
	return f.Code + ": " + f.Cause.Error()
}

// Unwrap returns the cause, which may be nil.
func (f *Failure) Unwrap() error { return f.Cause }

// fallbackText returns the content of a reply that failed with code.
func fallbackText(code string) string {
	switch code {
	case CodeBlocked:
		return "I can't answer this: the request was blocked by the model's safety rules."
	case CodeRejected:
		return "I can't answer this: the model did not accept the request."
	}
	return "I'm sorry, I couldn't come up with an answer right now. Please try again in a little while."
}
