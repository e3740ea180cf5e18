package openai_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/internal/llmtest"
)

// errorBody returns an error of the API with a message that quotes the prompt. code is JSON.
func errorBody(errorType, code string) string {
	return fmt.Sprintf(`{"error":{"message":"prompt-canary","type":%q,"param":null,"code":%s}}`, errorType, code)
}

func TestErrorResponses(t *testing.T) {
	const invalid = "invalid_request_error"
	llmtest.TestFailures(t, provider{}, map[string]llmtest.FailureCase{
		"rate limit": {Status: 429, Body: errorBody("requests", `"rate_limit_exceeded"`), Want: llmtest.Unavailable},
		"no credit": {
			Status: 429, Body: errorBody("insufficient_quota", `"insufficient_quota"`),
			Want: llmtest.Misconfigured, Cause: "openai answered 429 insufficient_quota",
		},
		"no credit, only in the type": {
			Status: 429, Body: errorBody("insufficient_quota", `"credit_balance_exhausted"`),
			Want: llmtest.Misconfigured, Cause: "openai answered 429 insufficient_quota",
		},
		"no credit at OpenRouter": {Status: 402, Body: errorBody("", "402"), Want: llmtest.Misconfigured},
		"prompt too long": {
			Status: 400, Body: errorBody(invalid, `"context_length_exceeded"`),
			Want: llmtest.Rejected, Cause: "openai answered 400 context_length_exceeded",
		},
		"prompt too long for vLLM": {Status: 400, Body: errorBody("BadRequestError", "400"), Want: llmtest.Rejected},
		"prompt flagged": {
			Status: 400, Body: errorBody(invalid, `"invalid_prompt"`),
			Want: llmtest.Blocked, Cause: "openai answered 400 invalid_prompt",
		},
		"prompt filtered by Azure": {
			Status: 400, Body: errorBody("", `"content_filter"`),
			Want: llmtest.Blocked, Cause: "openai answered 400 content_filter",
		},
		"prompt flagged by OpenRouter": {
			Status: 403, Body: `{"error":{"code":403,"metadata":{"reasons":["canary"],"flagged_input":"canary"}}}`,
			Want: llmtest.Blocked, Cause: "openai answered 403 moderated",
		},
		"wrong key": {Status: 401, Body: errorBody("canary", `"invalid_api_key"`), Want: llmtest.Misconfigured},
		"unsupported country": {
			Status: 403, Body: errorBody("request_forbidden", `"unsupported_country_region_territory"`),
			Want: llmtest.Misconfigured,
		},
		"unknown model": {
			Status: 404, Body: errorBody(invalid, `"model_not_found"`),
			Want: llmtest.Misconfigured, Cause: "openai answered 404 model_not_found",
		},
		"unknown model, with status 400": {
			Status: 400, Body: errorBody(invalid, `"model_not_found"`),
			Want: llmtest.Misconfigured, Cause: "openai answered 400 model_not_found",
		},
		"overloaded": {Status: 503, Body: errorBody("server_error", "null"), Want: llmtest.Unavailable},
	})
}

func TestErrorsInTheStream(t *testing.T) {
	const unnamed = "no valid response: *ssestream.StreamError"
	const openRouterError = `{"error":{"code":502,"message":"canary"},` +
		`"choices":[{"delta":{"content":""},"finish_reason":"error"}]}`
	inStream := func(data string) string { return "data: " + data + "\n\n" }
	llmtest.TestFailures(t, provider{}, map[string]llmtest.FailureCase{
		"no code": {
			Status: 200, Body: inStream(errorBody("server_error", "null")),
			Want: llmtest.Unavailable, Cause: unnamed,
		},
		"no object": {Status: 200, Body: inStream(`{"error":"canary"}`), Want: llmtest.Unavailable, Cause: unnamed},
		"status of OpenRouter": {
			Status: 200, Body: inStream(openRouterError),
			Want: llmtest.Unavailable, Cause: "openai answered 502",
		},
		"status of vLLM": {
			Status: 200, Body: inStream(errorBody("BadRequestError", "400")),
			Want: llmtest.Rejected, Cause: "openai answered 400",
		},
		"no credit": {
			Status: 200, Body: inStream(errorBody("insufficient_quota", "null")),
			Want: llmtest.Misconfigured, Cause: "openai answered 200 insufficient_quota",
		},
	})
}

// OpenAI's header Retry-After-Ms has priority. llmtest.Test covers Retry-After.
func TestRetryAfterMs(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"1500": 1500 * time.Millisecond,
		"soon": 7 * time.Second,
	} {
		t.Run(value, func(t *testing.T) {
			header := http.Header{"Retry-After": {"7"}, "Retry-After-Ms": {value}}
			failure := llmtest.Unavailable
			failure.RetryAfter = want
			llm := llmtest.Connect(t, provider{}, llmtest.Respond(429, header, errorBody("requests", "null")))
			llmtest.Ask(t, llm).WantFailure(t, failure)
		})
	}
}

func TestMalformedStreams(t *testing.T) {
	llmtest.TestMalformedStreams(t, provider{}, []string{
		done,
		`data: {"choices":"canary"}` + "\n\n",
		`data: {"choices":[null]}` + "\n\n",
		`data: {"choices":[{"delta":["canary"]}]}` + "\n\n",
		`data: {"choices":[{"delta":{"content":[{"text":"canary"}]},"finish_reason":"stop"}]}` + "\n\n",
		`data: {"choices":[{"delta":{"tool_calls":[{"index":"canary"}]},"logprobs":1}],"usage":"canary"}` + "\n\n",
		`{"choices":[{"message":{"content":"canary"}}]}`,
	})
}

// The adapter disables the SDK's retries, also those that the server asks for.
func TestNoRetries(t *testing.T) {
	var calls atomic.Int32
	llm := llmtest.Connect(t, provider{}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.Header().Set("X-Should-Retry", "true")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	llmtest.Ask(t, llm).WantFailure(t, llmtest.Unavailable)
	if calls.Load() != 1 {
		t.Errorf("the server received %d requests, want 1", calls.Load())
	}
}
