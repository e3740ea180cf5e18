// Package fault defines the type of all errors that a client may see. An error has a
// kind, a stable code for machines and a sentence for people. adapters/httpapi maps the
// kinds to HTTP status codes in one table.
package fault

import (
	"errors"
	"time"
)

// Kind groups errors that a caller handles in the same way.
type Kind uint8

// The kinds of errors.
const (
	Internal     Kind = iota // a bug or a broken dependency; its details are not shown
	Malformed                // the input cannot be parsed
	TooLarge                 // the input is too large
	Unsupported              // the input has an unsupported media type
	Refused                  // the input is valid but refused, such as a wrong code or password
	Invalid                  // the input breaks a rule; Fields may name the fields
	Unauthorized             // there is no valid authentication
	Forbidden                // the authentication is valid but not enough for this request
	NotFound                 // the object does not exist, or not for this caller
	Conflict                 // the current state does not allow the request
	Exhausted                // a quota or rate limit is reached; RetryAfter is the time to wait
	Unavailable              // a dependency is unavailable; a later retry may succeed
)

// Field names an input field and the rule it breaks, never its value.
type Field struct {
	Name string
	Rule string
}

// Error is an error that a client may see. For errors.Is, two Errors with the same Code
// are equal, whatever their other fields are.
type Error struct {
	Kind       Kind
	Code       string        // stable, for machines
	Message    string        // a sentence for people
	RetryAfter time.Duration // how long to wait before a retry, 0 if unknown
	Fields     []Field       // only with the kind Invalid
}

// New returns an Error without RetryAfter and Fields.
func New(kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// InvalidField returns an Error of the kind Invalid for one input field that breaks a rule.
// All these errors have the same Code, so errors.Is does not distinguish them.
func InvalidField(field, rule string) *Error {
	return &Error{
		Kind:    Invalid,
		Code:    "invalid_request",
		Message: "The request breaks a rule; see errors.",
		Fields:  []Field{{Name: field, Rule: rule}},
	}
}

// Error returns the code and the message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Is compares by Code, so that an error with details still matches its sentinel.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// After returns a copy of the error with the time to wait before a retry.
func (e *Error) After(wait time.Duration) *Error {
	c := *e
	c.RetryAfter = wait
	return &c
}

// Of returns the Error in err's chain. If there is none, it returns an Error of the
// kind Internal that shows no details.
func Of(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: Internal, Code: "internal", Message: "Something went wrong on our side."}
}

// ErrRateLimited means that a rate limit is reached: there were too many requests in a period.
// RateLimited returns it with RetryAfter. reply.ErrBacklog has the same code and another message.
var ErrRateLimited = New(Exhausted, "rate_limited", "Too many requests in a short time.")

// RateLimited returns ErrRateLimited with RetryAfter, which its message also names.
func RateLimited(wait time.Duration) *Error {
	limited := ErrRateLimited.After(wait)
	limited.Message += " Wait " + WaitText(wait) + " (see Retry-After), then try again."
	return limited
}
