package stripe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	sdk "github.com/stripe/stripe-go/v76"

	"github.com/kuvaka-tech/parley/core/subscription"
	"github.com/kuvaka-tech/parley/ports/outgoing"
)

// refusal is Stripe's answer that is none. It holds names and numbers, but no
// message: those may quote what was asked, or a part of the key.
type refusal struct {
	status   int
	code     sdk.ErrorCode
	request  string // its name in Stripe's logs
	replayed bool   // it was said before, under the same idempotency key
	means    error  // subscription.ErrUnknown or subscription.ErrUnavailable
}

func (r *refusal) Error() string {
	return fmt.Sprintf("%v (%d %s, request %s)", r.means, r.status, name(string(r.code)), name(r.request))
}

func (r *refusal) Unwrap() error { return r.means }

// failed says what an error of the SDK means.
func failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var e *sdk.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded): // the client's, not the caller's
		return fmt.Errorf("%w (no answer in %s)", subscription.ErrUnavailable, patience)
	case !errors.As(err, &e):
		return fmt.Errorf("%w (%v)", subscription.ErrUnavailable, outgoing.Cause(err))
	}
	r := &refusal{e.HTTPStatusCode, e.Code, e.RequestID, replayed(e.APIResource), subscription.ErrUnavailable}
	if r.code == sdk.ErrorCodeResourceMissing && e.Param == "customer" {
		r.means = subscription.ErrUnknown
	}
	return r
}

// replayed says that Stripe repeated what it had answered to this idempotency key before.
func replayed(r sdk.APIResource) bool {
	return r.LastResponse != nil && r.LastResponse.Header.Get("Idempotent-Replayed") == "true"
}

// refused returns the refusal of a request that Stripe understood and would
// refuse again, nil for any other error.
func refused(err error) *refusal {
	var r *refusal
	if !errors.As(err, &r) || r.status/100 != 4 {
		return nil
	}
	switch r.status {
	case http.StatusUnauthorized, http.StatusConflict, http.StatusTooManyRequests: // the next one may work
		return nil
	}
	return r
}

// missing says that there is not, or not any more, what a request was about.
func missing(err error) bool {
	r := refused(err)
	return r != nil && r.code == sdk.ErrorCodeResourceMissing
}

// name is s if it looks like a name of Stripe's.
func name(s string) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
	if s == "" || len(s) > 60 || strings.Trim(s, letters) != "" {
		return "without a name"
	}
	return s
}
