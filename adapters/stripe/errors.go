package stripe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	sdk "github.com/stripe/stripe-go/v76"

	"github.com/kuvaka-tech/parley/adapters/internal/httpclient"
	"github.com/kuvaka-tech/parley/core/subscription"
)

// apiError is an error response from Stripe. It does not contain Stripe's message, which
// may quote the request or a part of the secret key.
type apiError struct {
	status    int
	code      sdk.ErrorCode
	requestID string // identifies the request in Stripe's logs
	replayed  bool   // Stripe had stored the response under the request's idempotency key
	kind      error  // subscription.ErrUnknownCustomer or subscription.ErrUnavailable
}

// Error returns the kind, the status, the code and the request id.
func (e *apiError) Error() string {
	code, requestID := loggable(string(e.code)), loggable(e.requestID)
	return fmt.Sprintf("%v (%d %s, request %s)", e.kind, e.status, code, requestID)
}

// Unwrap returns the kind.
func (e *apiError) Unwrap() error { return e.kind }

// translateError converts an error of the SDK to one of the errors that call documents.
func translateError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var e *sdk.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded): // requestTimeout has passed
		return fmt.Errorf("%w (no response within %s)", subscription.ErrUnavailable, requestTimeout)
	case !errors.As(err, &e):
		return fmt.Errorf("%w (%v)", subscription.ErrUnavailable, httpclient.SafeCause(err))
	}
	kind := subscription.ErrUnavailable
	if e.Code == sdk.ErrorCodeResourceMissing && e.Param == "customer" {
		kind = subscription.ErrUnknownCustomer
	}
	return &apiError{
		status:    e.HTTPStatusCode,
		code:      e.Code,
		requestID: e.RequestID,
		replayed:  isReplayed(e.APIResource),
		kind:      kind,
	}
}

// isReplayed reports whether Stripe repeated a response that it had stored under the idempotency key.
func isReplayed(r sdk.APIResource) bool {
	return r.LastResponse != nil && r.LastResponse.Header.Get("Idempotent-Replayed") == "true"
}

// permanentError returns the *apiError in err if Stripe would reject the same request
// again. It returns nil for any other error.
func permanentError(err error) *apiError {
	var e *apiError
	if !errors.As(err, &e) || e.status/100 != 4 {
		return nil
	}
	switch e.status {
	case http.StatusUnauthorized, http.StatusConflict, http.StatusTooManyRequests: // the same request may succeed later
		return nil
	}
	return e
}

// isMissing reports whether err means that the requested object does not exist any more or never existed.
func isMissing(err error) bool {
	e := permanentError(err)
	return e != nil && e.code == sdk.ErrorCodeResourceMissing
}

// loggable returns s if it looks like one of Stripe's codes or ids, else a placeholder.
func loggable(s string) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
	if s == "" || len(s) > 60 || strings.Trim(s, letters) != "" {
		return "unknown"
	}
	return s
}
