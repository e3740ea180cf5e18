package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
)

const (
	problemMediaType = "application/problem+json"
	retryAfterHeader = "Retry-After"
)

// Problem is the body of every error response (RFC 9457).
type Problem struct {
	Type      string       `json:"type" doc:"Always about:blank; see code." example:"about:blank"`
	Title     string       `json:"title" doc:"The name of the status." example:"Unprocessable Entity"`
	Status    int          `json:"status" example:"422"`
	Detail    string       `json:"detail" doc:"The error for people." example:"The request breaks a rule; see errors."`
	Code      string       `json:"code" doc:"The error for programs. It never changes." example:"invalid_request"`
	RequestID string       `json:"request_id" doc:"The id of this request in the logs." example:"b6f2c0d81e4a4c0f"`
	Errors    []FieldError `json:"errors,omitempty" doc:"The fields that break a rule."`

	header http.Header
}

// FieldError names a field and the rule that it breaks, never its value.
type FieldError struct {
	Field string `json:"field" example:"mobile_number"`
	Rule  string `json:"rule" example:"must be E.164: + and 8 to 15 digits"`
}

// Error implements error, because huma sends Problem as its error type.
func (p *Problem) Error() string { return p.Code }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header { return p.header }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemMediaType }

// problemOf returns the response for a fault, without the parts that depend on the request.
func problemOf(f *fault.Error) *Problem {
	status := statusOf(f)
	p := &Problem{
		Type:   "about:blank",
		Title:  http.StatusText(status),
		Status: status,
		Detail: f.Message,
		Code:   f.Code,
		header: http.Header{},
	}
	for _, field := range f.Fields {
		p.Errors = append(p.Errors, FieldError{Field: field.Name, Rule: field.Rule})
	}
	if f.RetryAfter > 0 {
		p.header.Set(retryAfterHeader, strconv.Itoa(wholeSeconds(f.RetryAfter)))
	}
	if f.Kind == fault.Unauthorized {
		p.header.Set("WWW-Authenticate", "Bearer")
	}
	return p
}

// newProblem returns the response for an error of a request, and adds the error
// to the log line of the request.
func newProblem(ctx context.Context, err error) *Problem {
	f := faultOf(err)
	p := problemOf(f)
	var h errorWithHeader
	if errors.As(err, &h) {
		for name, values := range h.header {
			p.header[name] = values
		}
	}
	entry := logEntryOf(ctx)
	p.RequestID = entry.requestID
	entry.code = f.Code
	if f.Kind == fault.Internal || f.Kind == fault.Unavailable {
		entry.err = err
	}
	return p
}

// errorWithHeader adds headers to the response for an error.
type errorWithHeader struct {
	error
	header http.Header
}

// Unwrap returns the error itself.
func (e errorWithHeader) Unwrap() error { return e.error }

// wholeSeconds returns d in seconds for Retry-After, rounded up so that the client
// does not retry too early.
func wholeSeconds(d time.Duration) int {
	return max(1, int(math.Ceil(d.Seconds())))
}

// write sends the response. Middleware calls it. huma sends the errors of handlers.
func (p *Problem) write(w http.ResponseWriter) {
	for name, values := range p.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", problemMediaType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // fails only when the client has disconnected
}
