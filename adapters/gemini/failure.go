package gemini

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"google.golang.org/genai"

	"github.com/kuvaka-tech/parley/adapters/internal/httpclient"
	"github.com/kuvaka-tech/parley/core/reply"
)

// failure converts an error of the SDK. The cause contains the status and its
// name, but never the API's message, which may quote the prompt.
func failure(err error, head responseHead) *reply.Failure {
	var apiErr genai.APIError
	errors.As(err, &apiErr)
	status := head.status
	if status/100 == 2 { // the stream contained an error, or the connection broke
		status = apiErr.Code
	}
	f := classify(status, apiErr)
	f.RetryAfter = max(httpclient.RetryAfter(head.header), retryDelay(apiErr.Details))
	switch {
	case status == 0:
		f.Cause = httpclient.SafeCause(err)
	case isName(apiErr.Status):
		f.Cause = fmt.Errorf("gemini answered %d %s", status, apiErr.Status)
	default:
		f.Cause = fmt.Errorf("gemini answered %d", status)
	}
	return f
}

// classify returns the failure that a status means
// (ai.google.dev/gemini-api/docs/troubleshooting). A wrong key, billing account,
// address or model is not retryable: the operator must correct it.
func classify(status int, apiErr genai.APIError) *reply.Failure {
	switch {
	case status >= http.StatusUnauthorized && status <= http.StatusNotFound, status/100 == 3,
		apiErr.Status == "FAILED_PRECONDITION", detail(apiErr.Details, "ErrorInfo")["reason"] == "API_KEY_INVALID":
		return &reply.Failure{Code: reply.CodeUnavailable}
	case status/100 == 4 && status != http.StatusTooManyRequests && status != http.StatusRequestTimeout:
		return &reply.Failure{Code: reply.CodeRejected}
	}
	return &reply.Failure{Code: reply.CodeUnavailable, Retryable: true}
}

// isName reports whether s has the form of a constant in Google's APIs, such as
// RESOURCE_EXHAUSTED.
func isName(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == "" && len(s) <= 40
}

// safeName returns s if isName(s), and otherwise "(invalid)", because any other text may
// quote the prompt.
func safeName(s string) string {
	if isName(s) {
		return s
	}
	return "(invalid)"
}

// detail returns the error detail of a google.rpc type (error_details.proto), or nil if
// there is none.
func detail(details []map[string]any, typeName string) map[string]any {
	for _, d := range details {
		if d["@type"] == "type.googleapis.com/google.rpc."+typeName {
			return d
		}
	}
	return nil
}

// retryDelay returns the wait in google.rpc.RetryInfo, such as "34.07s". It is 0 if there
// is none, or if it is invalid or negative.
func retryDelay(details []map[string]any) time.Duration {
	s, _ := detail(details, "RetryInfo")["retryDelay"].(string)
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0
	}
	return max(0, d)
}

// responseHead is the part of a response before its body. The status is 0 if
// there was no response.
type responseHead struct {
	status int
	header http.Header
}

type headKey struct{}

// recordHead returns a context for one request. headRecorder writes the head of
// the response there, because the SDK's errors do not contain it.
func recordHead(ctx context.Context) (context.Context, *responseHead) {
	head := &responseHead{}
	return context.WithValue(ctx, headKey{}, head), head
}

// headRecorder is a RoundTripper that records the heads of responses.
type headRecorder struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t headRecorder) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.RoundTripper.RoundTrip(r)
	if head, ok := r.Context().Value(headKey{}).(*responseHead); ok && err == nil {
		head.status, head.header = res.StatusCode, res.Header
	}
	return res, err
}
