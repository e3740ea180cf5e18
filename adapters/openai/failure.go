package openai

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/openai/openai-go/v3/packages/ssestream"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports/outgoing"
)

// refusal is the API's error object.
type refusal struct {
	Error struct {
		Type     string
		Code     any                               // a name; with OpenRouter and vLLM a status
		Metadata struct{ Reasons json.RawMessage } // OpenRouter's, why its moderation objects
	}
}

// failed says what the SDK's error means, nil being that of a stream which just
// ends. It takes over statuses and known names, but no message: those may quote
// the prompt. head is the response's, nil before there is one.
func failed(err error, head *http.Response) *chat.Failure {
	cause := error(outgoing.Flaw("it has no finish reason"))
	if err != nil {
		cause = outgoing.Cause(err)
	}
	if head == nil {
		return &chat.Failure{Code: chat.CodeUnavailable, Retryable: true, Cause: cause}
	}
	var r refusal
	var inside *ssestream.StreamError
	status := head.StatusCode
	if errors.As(err, &inside) { // in the middle of the stream
		_ = json.Unmarshal(inside.Event.Data, &r)
		if code, ok := r.Error.Code.(float64); ok {
			status = int(code)
		}
	} else if status >= 400 {
		_ = json.NewDecoder(head.Body).Decode(&r) // which the SDK has put back
	}
	f, name := r.meaning(status)
	f.RetryAfter, f.Cause = retryAfter(head.Header), cause
	if status/100 != 2 || name != "" {
		f.Cause = errors.New(strings.TrimSpace(fmt.Sprintf("openai answered %d %s", status, name)))
	}
	return &f
}

// named are the errors whose name says more than their status
// (developers.openai.com/api/docs/guides/error-codes). An account without money
// answers 429 as a busy one does, but no waiting fills it: it is the operator's to mend.
var named = map[string]chat.Failure{
	"insufficient_quota": {Code: chat.CodeUnavailable}, "billing_not_active": {Code: chat.CodeUnavailable}, "model_not_found": {Code: chat.CodeUnavailable},
	"content_filter": {Code: chat.CodeBlocked}, "content_policy_violation": {Code: chat.CodeBlocked}, "invalid_prompt": {Code: chat.CodeBlocked},
	"context_length_exceeded": {Code: chat.CodeRejected},
}

// meaning is the failure that a refusal with a status stands for, and its name if it has a known one.
// A key, an account, an address or a model that does not work is the operator's to mend, too.
func (r refusal) meaning(status int) (chat.Failure, string) {
	code, _ := r.Error.Code.(string)
	for _, name := range []string{code, r.Error.Type} {
		if f, known := named[name]; known {
			return f, name
		}
	}
	switch {
	case len(r.Error.Metadata.Reasons) > 0:
		return chat.Failure{Code: chat.CodeBlocked}, "moderated"
	case status >= 401 && status <= 404, status/100 == 3:
		return chat.Failure{Code: chat.CodeUnavailable}, ""
	case status/100 == 4 && status != http.StatusTooManyRequests && status != http.StatusRequestTimeout:
		return chat.Failure{Code: chat.CodeRejected}, ""
	}
	return chat.Failure{Code: chat.CodeUnavailable, Retryable: true}, ""
}

// retryAfter is the wait that OpenAI's retry-after-ms asks for, or Retry-After; 0 without one.
func retryAfter(h http.Header) time.Duration {
	ms, err := strconv.ParseUint(h.Get("Retry-After-Ms"), 10, 31) // of a larger number the largest
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(ms) * time.Millisecond
	}
	return outgoing.RetryAfter(h)
}
