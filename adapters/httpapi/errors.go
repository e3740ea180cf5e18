package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/ports"
)

// The errors of HTTP itself. All others come from core.
var (
	errMalformedBody = fault.New(fault.Malformed, "malformed_body", "The body is not well-formed JSON in UTF-8.")
	errBodyTooLarge  = fault.New(fault.TooLarge, "body_too_large", "The body is larger than 1 MiB.")
	errMediaType     = fault.New(fault.Unsupported, "unsupported_media_type",
		"The body must be application/json in UTF-8.")
	errContentEncoding = fault.New(fault.Unsupported, errMediaType.Code,
		"The body must not be compressed: send it without Content-Encoding.")
	errNoRoute          = fault.New(fault.NotFound, "not_found", "There is nothing at this path.")
	errMethodNotAllowed = fault.New(fault.Refused, "method_not_allowed",
		"This path does not support this method; see Allow.")

	// errInvalidRequest is the example for the OpenAPI document. Handlers return
	// errors of fault.InvalidField with the same code and the actual rule.
	errInvalidRequest = fault.InvalidField("mobile_number", "must be E.164: + and 8 to 15 digits")
	// errRateLimited is the example for the OpenAPI document. The limiter returns the actual wait.
	errRateLimited = fault.RateLimited(30 * time.Second)
	// errUnavailable is the response for ports.ErrUnavailable.
	errUnavailable = fault.New(fault.Unavailable, "unavailable",
		"The service is not available right now. Try again in a moment.").After(time.Second)
	// errOutcomeUnknown is the response for ports.ErrUnavailable when a change was requested.
	errOutcomeUnknown = fault.New(fault.Unavailable, errUnavailable.Code,
		"The service is not available right now. It is not known whether this request took effect. "+
			"Check that before you repeat it.").After(time.Second)
	// errRepeatWithKey is errOutcomeUnknown on the routes that accept an Idempotency-Key.
	errRepeatWithKey = fault.New(fault.Unavailable, errUnavailable.Code,
		"The service is not available right now. It is not known whether this request took effect. "+
			"Repeat it with the same Idempotency-Key, or check that before you repeat it.").After(time.Second)
	// errInternal is the response for every other error that is not a fault.Error.
	errInternal = fault.Of(nil)
)

// faultOf returns the fault.Error that defines the response for err.
func faultOf(err error) *fault.Error {
	f := fault.Of(err)
	if f.Kind == fault.Internal && errors.Is(err, ports.ErrUnavailable) {
		return errUnavailable
	}
	return f
}

// unavailableOf returns the response for ports.ErrUnavailable of a handler with this method and input.
// It says so if the request may have changed something.
func unavailableOf(method string, input reflect.Type) *fault.Error {
	key, _ := input.FieldByName("Key")
	switch {
	case method == http.MethodGet:
		return errUnavailable
	case key.Tag.Get("header") == "Idempotency-Key":
		return errRepeatWithKey
	}
	return errOutcomeUnknown
}

// withUnavailable returns the error of a handler. An error of the kind ports.ErrUnavailable becomes f.
func withUnavailable(f *fault.Error, err error) error {
	if faultOf(err) == errUnavailable {
		return fmt.Errorf("%w: %w", f, err)
	}
	return err
}

// statusByKind maps the kind of an error to the HTTP status. The status, the code and
// the message define every error response, also in the OpenAPI document.
var statusByKind = map[fault.Kind]int{
	fault.Internal:     http.StatusInternalServerError,
	fault.Malformed:    http.StatusBadRequest,
	fault.TooLarge:     http.StatusRequestEntityTooLarge,
	fault.Unsupported:  http.StatusUnsupportedMediaType,
	fault.Refused:      http.StatusBadRequest,
	fault.Invalid:      http.StatusUnprocessableEntity,
	fault.Unauthorized: http.StatusUnauthorized,
	fault.Forbidden:    http.StatusForbidden,
	fault.NotFound:     http.StatusNotFound,
	fault.Conflict:     http.StatusConflict,
	fault.Exhausted:    http.StatusTooManyRequests,
	fault.Unavailable:  http.StatusServiceUnavailable,
}

// statusOf returns the HTTP status of a fault.
func statusOf(f *fault.Error) int {
	switch f { // core/fault has no kind for these
	case errMethodNotAllowed:
		return http.StatusMethodNotAllowed
	case errForeignHost:
		return http.StatusMisdirectedRequest
	}
	return statusByKind[f.Kind]
}
