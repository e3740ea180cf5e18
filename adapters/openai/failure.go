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

	"github.com/kuvaka-tech/parley/adapters/internal/httpclient"
	"github.com/kuvaka-tech/parley/core/reply"
)

// apiError is an error response of the API.
type apiError struct {
	Error struct {
		Type     string
		Code     any                               // a name at OpenAI, a status at OpenRouter and vLLM
		Metadata struct{ Reasons json.RawMessage } // from OpenRouter: why its moderation blocked the prompt
	}
}

// failure converts an error of the SDK. err is nil if the stream ended without an error
// and without a finish reason. response is nil if there was none. The cause contains the
// status and known names, but never the API's message, which may quote the prompt.
func failure(err error, response *http.Response) *reply.Failure {
	cause := error(httpclient.Error("the stream has no finish reason"))
	if err != nil {
		cause = httpclient.SafeCause(err)
	}
	if response == nil {
		return &reply.Failure{Code: reply.CodeUnavailable, Retryable: true, Cause: cause}
	}
	e, status := parseError(err, response)
	f, name := e.classify(status)
	f.RetryAfter, f.Cause = retryAfter(response.Header), cause
	if status/100 != 2 || name != "" {
		f.Cause = errors.New(strings.TrimSpace(fmt.Sprintf("openai answered %d %s", status, name)))
	}
	return &f
}

// parseError returns the API's error from the stream or from the body, and its status. The
// API's error is zero if there is none or if it cannot be parsed.
func parseError(err error, response *http.Response) (e apiError, status int) {
	status = response.StatusCode
	var inStream *ssestream.StreamError
	if errors.As(err, &inStream) {
		_ = json.Unmarshal(inStream.Event.Data, &e)
		if code, ok := e.Error.Code.(float64); ok {
			status = int(code)
		}
	} else if status >= 400 {
		_ = json.NewDecoder(response.Body).Decode(&e) // the SDK has read the body and replaced it by a copy
	}
	return e, status
}

// failuresByName are the failures for errors whose name says more than the status
// (developers.openai.com/api/docs/guides/error-codes). For example, 429 is the status of
// a rate limit, but also of an account without credit, where waiting does not help.
var failuresByName = map[string]reply.Failure{
	"insufficient_quota":       {Code: reply.CodeUnavailable},
	"billing_not_active":       {Code: reply.CodeUnavailable},
	"model_not_found":          {Code: reply.CodeUnavailable},
	"content_filter":           {Code: reply.CodeBlocked},
	"content_policy_violation": {Code: reply.CodeBlocked},
	"invalid_prompt":           {Code: reply.CodeBlocked},
	"context_length_exceeded":  {Code: reply.CodeRejected},
}

// classify returns the failure that the error means, and the error's name if it
// is known. A wrong key, account, address or model is not retryable: the operator
// must correct it.
func (e apiError) classify(status int) (reply.Failure, string) {
	code, _ := e.Error.Code.(string)
	for _, name := range []string{code, e.Error.Type} {
		if f, ok := failuresByName[name]; ok {
			return f, name
		}
	}
	switch {
	case len(e.Error.Metadata.Reasons) > 0:
		return reply.Failure{Code: reply.CodeBlocked}, "moderated"
	case status >= http.StatusUnauthorized && status <= http.StatusNotFound, status/100 == 3:
		return reply.Failure{Code: reply.CodeUnavailable}, ""
	case status/100 == 4 && status != http.StatusTooManyRequests && status != http.StatusRequestTimeout:
		return reply.Failure{Code: reply.CodeRejected}, ""
	}
	return reply.Failure{Code: reply.CodeUnavailable, Retryable: true}, ""
}

// retryAfter returns the wait in OpenAI's header Retry-After-Ms, or else the wait in
// Retry-After, or else 0.
func retryAfter(h http.Header) time.Duration {
	ms, err := strconv.ParseUint(h.Get("Retry-After-Ms"), 10, 31)
	if err == nil || errors.Is(err, strconv.ErrRange) { // on ErrRange, ms is the largest 31-bit number
		return time.Duration(ms) * time.Millisecond
	}
	return httpclient.RetryAfter(h)
}
