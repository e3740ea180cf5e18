package gemini

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"google.golang.org/genai"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports/outgoing"
)

// failed says what an error of the SDK means. It takes over codes and names, but
// no message: those may quote the prompt.
func failed(err error, h head) *chat.Failure {
	var api genai.APIError
	errors.As(err, &api)
	status := h.status
	if status/100 == 2 { // refused in the middle of the stream, or cut
		status = api.Code
	}
	f := refused(status, api)
	f.RetryAfter = max(outgoing.RetryAfter(h.header), retryDelay(api.Details))
	f.Cause = fmt.Errorf("gemini answered %d", status)
	if isName(api.Status) {
		f.Cause = fmt.Errorf("gemini answered %d %s", status, api.Status)
	}
	if status == 0 {
		f.Cause = outgoing.Cause(err)
	}
	return f
}

// refused classifies a status (ai.google.dev/gemini-api/docs/troubleshooting). A
// key, a billing account, an address or a model that does not work is nothing that asking
// again or asking otherwise would mend: it is the operator's.
func refused(status int, api genai.APIError) *chat.Failure {
	switch {
	case status >= http.StatusUnauthorized && status <= http.StatusNotFound, status/100 == 3,
		api.Status == "FAILED_PRECONDITION", detail(api.Details, "ErrorInfo")["reason"] == "API_KEY_INVALID":
		return &chat.Failure{Code: chat.CodeUnavailable}
	case status/100 == 4 && status != http.StatusTooManyRequests && status != http.StatusRequestTimeout:
		return &chat.Failure{Code: chat.CodeRejected}
	}
	return &chat.Failure{Code: chat.CodeUnavailable, Retryable: true}
}

// isName says whether s looks like one of Google's names, such as RESOURCE_EXHAUSTED.
func isName(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == "" && len(s) <= 40
}

// name is s if it is one of Google's names.
func name(s string) string {
	if isName(s) {
		return s
	}
	return "without a name"
}

// detail is the detail of a type of google.rpc's (error_details.proto), nil without one.
func detail(all []map[string]any, kind string) map[string]any {
	for _, d := range all {
		if d["@type"] == "type.googleapis.com/google.rpc."+kind {
			return d
		}
	}
	return nil
}

// retryDelay is the wait that google.rpc.RetryInfo asks for, such as "34.07s", 0 without one.
func retryDelay(details []map[string]any) time.Duration {
	s, _ := detail(details, "RetryInfo")["retryDelay"].(string)
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0
	}
	return max(0, d)
}

// head is what a response says before its body; status is 0 before there is one.
type head struct {
	status int
	header http.Header
}

type headKey struct{}

// withHead makes a context whose request notes the head of its response, which
// the SDK's errors do not hold.
func withHead(ctx context.Context) (context.Context, *head) {
	h := &head{}
	return context.WithValue(ctx, headKey{}, h), h
}

// noting is a RoundTripper that writes to that head.
type noting struct{ http.RoundTripper }

func (n noting) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := n.RoundTripper.RoundTrip(r)
	if h, ok := r.Context().Value(headKey{}).(*head); ok && err == nil {
		h.status, h.header = resp.StatusCode, resp.Header
	}
	return resp, err
}
