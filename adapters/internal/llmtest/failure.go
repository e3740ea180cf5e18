package llmtest

import (
	"net/http"

	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// FailureOf returns the failure that an LLM must return for a response. It returns
// nil if the answer is complete or hangs. It is for LLMs that follow a
// portstest.LLMScript without HTTP.
func FailureOf(response portstest.LLMResponse) *reply.Failure {
	f := Unavailable
	switch {
	case response.Status != 0:
		f = statusFailure(response)
	case response.End == portstest.LLMBlocked:
		f = Blocked
	case response.End == portstest.LLMHangs:
		return nil
	case len(response.Deltas) > 0 && (response.End == portstest.LLMComplete || response.End == portstest.LLMAtLimit):
		return nil
	}
	return &f
}

// statusFailure returns the failure for an error response.
func statusFailure(response portstest.LLMResponse) reply.Failure {
	f := Misconfigured
	switch s := response.Status; {
	case s == http.StatusRequestTimeout, s == http.StatusTooManyRequests, s >= 500:
		f = Unavailable
	case s == http.StatusBadRequest, s == http.StatusRequestEntityTooLarge:
		f = Rejected
	}
	f.RetryAfter = response.RetryAfter
	return f
}
