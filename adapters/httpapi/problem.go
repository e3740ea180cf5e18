package httpapi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/ports"
)

// Problem is every error's body (RFC 9457).
type Problem struct {
	Type      string       `json:"type" doc:"Always about:blank: the code says what is wrong." example:"about:blank"`
	Title     string       `json:"title" doc:"The status in words." example:"Unprocessable Entity"`
	Status    int          `json:"status" example:"422"`
	Detail    string       `json:"detail" doc:"What is wrong, for people." example:"The request breaks a rule; see errors."`
	Code      string       `json:"code" doc:"What is wrong, for machines. It does not change." example:"invalid_request"`
	RequestID string       `json:"request_id" doc:"Names this request in the logs." example:"b6f2c0d81e4a4c0f"`
	Errors    []FieldError `json:"errors,omitempty" doc:"The fields that break a rule."`

	header http.Header
}

// FieldError names a field and the rule it breaks, never its value.
type FieldError struct {
	Field string `json:"field" example:"mobile_number"`
	Rule  string `json:"rule" example:"must be E.164: + and 8 to 15 digits"`
}

func (p *Problem) Error() string              { return p.Code }
func (p *Problem) GetStatus() int             { return p.Status }
func (p *Problem) GetHeaders() http.Header    { return p.header }
func (p *Problem) ContentType(string) string  { return "application/problem+json" }
func (p *Problem) set(name, value string)     { p.header.Set(name, value) }
func (p *Problem) seconds(wait time.Duration) { p.set("Retry-After", wholeSeconds(wait)) }

// statuses maps the kinds of refusal to HTTP: the only place that does.
var statuses = map[fault.Kind]int{
	fault.Internal:     http.StatusInternalServerError,
	fault.Malformed:    http.StatusBadRequest,
	fault.TooLarge:     http.StatusRequestEntityTooLarge,
	fault.Unsupported:  http.StatusUnsupportedMediaType,
	fault.Refused:      http.StatusBadRequest,
	fault.Invalid:      http.StatusUnprocessableEntity,
	fault.Unauthorized: http.StatusUnauthorized,
	fault.NotFound:     http.StatusNotFound,
	fault.Conflict:     http.StatusConflict,
	fault.Exhausted:    http.StatusTooManyRequests,
	fault.Unavailable:  http.StatusServiceUnavailable,
}

// withHeader adds headers to the problem that err becomes.
type withHeader struct {
	error
	header http.Header
}

func (e withHeader) Unwrap() error { return e.error }

// errAway is what one is told whose request needs a system that is away.
var errAway = fault.New(fault.Unavailable, "unavailable", "The service is not available right now. Try again in a moment.").After(time.Second)

// refusalOf finds the refusal in err's chain, which says more than that a system is away.
func refusalOf(err error) *fault.Error {
	f := fault.Of(err)
	if f.Kind == fault.Internal && errors.Is(err, ports.ErrAway) {
		return errAway
	}
	return f
}

// problem turns any error into the answer to a request and notes it for the log.
func problem(ctx context.Context, err error) *Problem {
	f := refusalOf(err)
	p := newProblem(ctx, statuses[f.Kind], f.Code, f.Message)
	for _, field := range f.Fields {
		p.Errors = append(p.Errors, FieldError{field.Name, field.Rule})
	}
	var h withHeader
	if errors.As(err, &h) {
		p.header = h.header.Clone()
	}
	if f.RetryAfter > 0 {
		p.seconds(f.RetryAfter)
	}
	if f.Kind == fault.Unauthorized {
		p.set("WWW-Authenticate", "Bearer")
	}
	if f.Kind == fault.Internal || f.Kind == fault.Unavailable {
		recordOf(ctx).err = err
	}
	return p
}

func newProblem(ctx context.Context, status int, code, detail string) *Problem {
	r := recordOf(ctx)
	r.code = code
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Code: code, RequestID: r.id, header: http.Header{}}
}

// wholeSeconds rounds a wait up, so that who waits that long has waited enough.
func wholeSeconds(wait time.Duration) string {
	return strconv.Itoa(max(1, int(math.Ceil(wait.Seconds()))))
}

// write sends the problem where huma has no part in the answer.
func (p *Problem) write(w http.ResponseWriter) {
	for name, values := range p.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client is gone if this fails
}

// huma makes its own refusals through these package variables; there is no
// other way to give it an error type. Its messages name rules, its values echo
// the input: only the former are kept.
func init() {
	huma.ValidateStrictCasing = true
	huma.DefaultArrayNullable = false // in the document
	huma.NewError = func(status int, _ string, errs ...error) huma.StatusError {
		return invalid(context.Background(), status, errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, _ string, errs ...error) huma.StatusError {
		return invalid(ctx.Context(), status, errs)
	}
}

func invalid(ctx context.Context, status int, errs []error) *Problem {
	switch {
	case status == http.StatusBadRequest: // the body is JSON, but for huma's decoder
		return problem(ctx, errNumber)
	case isMissingID(errs):
		return problem(ctx, chat.ErrNotFound)
	case status != http.StatusUnprocessableEntity:
		p := problem(ctx, errors.Join(errs...))
		if status != 0 { // 0 when huma only asks for the type
			recordOf(ctx).err = errors.Join(errs...)
		}
		return p
	}
	p := newProblem(ctx, status, "invalid_request", fault.Breaks("", "").Message)
	for _, err := range errs {
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			p.Errors = append(p.Errors, fieldError(d.ErrorDetail()))
		}
	}
	return p
}

var errNumber = fault.Breaks("body", "must not hold a number that is out of range")

// isMissingID says that an id in the path is empty.
func isMissingID(errs []error) bool {
	var d huma.ErrorDetailer
	return len(errs) > 0 && errors.As(errs[0], &d) && strings.HasPrefix(d.ErrorDetail().Location, "path.")
}

// fieldError names the missing field itself, where huma names what it is missing from.
func fieldError(d *huma.ErrorDetail) FieldError {
	if name, ok := strings.CutPrefix(d.Message, "expected required property "); ok {
		return FieldError{strings.TrimSuffix(name, " to be present"), "is required"}
	}
	return FieldError{fieldName(d.Location), d.Message}
}

// fieldName takes the part of the request off a location: "body.name" is "name".
func fieldName(location string) string {
	for _, part := range []string{"body.", "query.", "path.", "header."} {
		location = strings.TrimPrefix(location, part)
	}
	return cmp.Or(location[:min(100, len(location))], "body")
}
