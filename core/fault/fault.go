// Package fault holds the one error type of the rules: what kind of refusal it
// is, a stable code for machines and a sentence for people. The HTTP edge maps
// kinds to status codes in one table.
package fault

import (
	"errors"
	"time"
)

// Kind groups refusals that a caller handles alike.
type Kind uint8

const (
	Internal     Kind = iota // a bug or a broken dependency; details stay inside
	Malformed                // the input could not be understood
	TooLarge                 // the input is larger than anything allowed
	Unsupported              // the input is of a kind that is not taken
	Refused                  // understood, and refused: a wrong code, a wrong password
	Invalid                  // the input breaks a rule; Fields name which
	Unauthorized             // nobody, or not who they say
	NotFound                 // absent, or not the caller's to see
	Conflict                 // the state of the thing forbids it now
	Exhausted                // a quota or a rate is used up; RetryAfter says until when
	Unavailable              // a dependency is away; trying later may help
)

// Field names an input field and the rule it breaks, never its value.
type Field struct {
	Name string
	Rule string
}

// Error is a refusal. Two errors with the same Code are the same refusal to errors.Is.
type Error struct {
	Kind       Kind
	Code       string
	Message    string
	RetryAfter time.Duration
	Fields     []Field
}

// New makes a refusal.
func New(kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// Breaks makes the refusal of one field that breaks a rule.
func Breaks(field, rule string) *Error {
	return &Error{Kind: Invalid, Code: "invalid_request", Message: "The request breaks a rule; see errors.", Fields: []Field{{field, rule}}}
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Is matches by Code, so that a refusal with details still is its sentinel.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// After is a copy of the refusal that says how long to wait.
func (e *Error) After(wait time.Duration) *Error {
	c := *e
	c.RetryAfter = wait
	return &c
}

// Of finds the refusal in err's chain; anything else is Internal, with nothing to show.
func Of(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: Internal, Code: "internal", Message: "Something went wrong on our side."}
}

// RateLimited is the refusal of one who asks too often; every budget gives it with its own wait.
var RateLimited = New(Exhausted, "rate_limited", "Too many requests. Try again later.")
