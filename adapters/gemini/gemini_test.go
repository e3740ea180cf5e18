package gemini_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/gemini"
	"github.com/kuvaka-tech/parley/adapters/internal/llmtest"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

func TestLLM(t *testing.T) { llmtest.Test(t, provider{}) }

func TestFinishReasons(t *testing.T) {
	llmtest.TestFinishReasons(t, provider{}, llmtest.FinishReasons{
		Complete: []string{"STOP", "MAX_TOKENS"},
		Blocked: []string{
			"SAFETY", "RECITATION", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII",
			"IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION",
		},
		CutOff: []string{
			"MALFORMED_FUNCTION_CALL", "OTHER", "LANGUAGE", "FINISH_REASON_UNSPECIFIED", "CONTINUATION",
			"UNKNOWN_REASON", llmtest.Canary,
		},
	})
}

func TestBlockedPrompts(t *testing.T) {
	for _, reason := range []string{
		"SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "UNKNOWN_REASON", llmtest.Canary,
	} {
		body := `data: {"promptFeedback":{"blockReason":"` + reason + `","safetyRatings":[]}}` + "\n\n"
		r := llmtest.Ask(t, llmtest.Connect(t, provider{}, llmtest.Respond(200, nil, body)))
		r.WantFailure(t, llmtest.Blocked)
	}
}

func TestSafetyRatingsDoNotBlock(t *testing.T) {
	body := `data: {"promptFeedback":{"safetyRatings":[]}}` + "\n\n" + provider{}.AnswerBody("fine", "STOP")
	llmtest.Ask(t, llmtest.Connect(t, provider{}, llmtest.Respond(200, nil, body))).WantAnswer(t, "fine")
}

// errorBody returns an error of the API with a message that quotes the prompt.
func errorBody(code int, status, details string) string {
	const format = `{"error":{"code":%d,"message":"prompt-canary","status":%q,"details":[%s]}}`
	return fmt.Sprintf(format, code, status, details)
}

const (
	retryInfo     = `{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.5s"}`
	badRetryInfo  = `{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":{}}`
	help          = `{"@type":"type.googleapis.com/google.rpc.Help"}`
	invalidAPIKey = `{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}`
)

func TestErrorResponses(t *testing.T) {
	llmtest.TestFailures(t, provider{}, map[string]llmtest.FailureCase{
		"overloaded": {
			Status: 503, Body: errorBody(503, "UNAVAILABLE", ""),
			Want: llmtest.Unavailable, Cause: "gemini answered 503 UNAVAILABLE",
		},
		"a bad key": {
			Status: 400, Body: errorBody(400, "INVALID_ARGUMENT", invalidAPIKey),
			Want: llmtest.Misconfigured, Cause: "gemini answered 400 INVALID_ARGUMENT",
		},
		"an unpaid account": {
			Status: 400, Body: errorBody(400, "FAILED_PRECONDITION", ""),
			Want: llmtest.Misconfigured, Cause: "gemini answered 400 FAILED_PRECONDITION",
		},
		"a status that is not a name": {
			Status: 400, Body: errorBody(400, "prompt-canary", ""),
			Want: llmtest.Rejected,
		},
		"a code that differs from the HTTP status": {
			Status: 500, Body: errorBody(400, "canary", ""),
			Want: llmtest.Unavailable,
		},
		"invalid details": {
			Status: 429, Body: `{"error":{"code":429,"details":"prompt-canary"}}`,
			Want: llmtest.Unavailable,
		},
		"an error in the stream": {
			Status: 200, Body: "data: " + errorBody(503, "UNAVAILABLE", retryInfo) + "\n\n",
			Want: waiting(34500 * time.Millisecond), Cause: "gemini answered 503 UNAVAILABLE",
		},
		"a permanent error in the stream": {
			Status: 200, Body: "data: " + errorBody(400, "INVALID_ARGUMENT", "") + "\n\n",
			Want: llmtest.Rejected, Cause: "gemini answered 400 INVALID_ARGUMENT",
		},
	})
}

// The adapter uses the longer of the waits in the body and in the header.
func TestWaits(t *testing.T) {
	const exhausted = "gemini answered 429 RESOURCE_EXHAUSTED"
	llmtest.TestFailures(t, provider{}, map[string]llmtest.FailureCase{
		"none": {
			Status: 429, Body: errorBody(429, "RESOURCE_EXHAUSTED", ""),
			Want: llmtest.Unavailable, Cause: exhausted,
		},
		"in the body": {
			Status: 429, Body: errorBody(429, "RESOURCE_EXHAUSTED", help+","+retryInfo),
			Want: waiting(34500 * time.Millisecond), Cause: exhausted,
		},
		"longer in the body": {
			Status: 429, Header: http.Header{"Retry-After": {"7"}},
			Body: errorBody(429, "RESOURCE_EXHAUSTED", retryInfo),
			Want: waiting(34500 * time.Millisecond), Cause: exhausted,
		},
		"longer in the header": {
			Status: 429, Header: http.Header{"Retry-After": {"70"}},
			Body: errorBody(429, "RESOURCE_EXHAUSTED", retryInfo),
			Want: waiting(70 * time.Second), Cause: exhausted,
		},
		"invalid in both": {
			Status: 429, Header: http.Header{"Retry-After": {"soon"}}, Body: errorBody(429, "X", badRetryInfo),
			Want: llmtest.Unavailable, Cause: "gemini answered 429 X",
		},
	})
}

func waiting(d time.Duration) reply.Failure {
	f := llmtest.Unavailable
	f.RetryAfter = d
	return f
}

// The SDK panics when a field of a chunk has an unexpected type.
func TestMalformedStreams(t *testing.T) {
	llmtest.TestMalformedStreams(t, provider{}, []string{
		`data: {"candidates":"prompt-canary"}` + "\n\n",
		`data: {"candidates":[null]}` + "\n\n",
		`data: {"candidates":[{"content":{"parts":[null]}}]}` + "\n\n",
		`data: {"candidates":[{"citationMetadata":1}]}` + "\n\n",
		`data: {"error":{"code":"prompt-canary"}}` + "\n\n",
	})
}

// The adapter recovers from panics of the SDK, but not from those of emit.
func TestPanicOfEmit(t *testing.T) {
	defer func() {
		if got := recover(); got != "from emit" {
			t.Errorf("recovered %v, want the panic of emit", got)
		}
	}()
	llm := llmtest.Connect(t, provider{}, llmtest.Respond(200, nil, provider{}.AnswerBody("x", "STOP")))
	_, _ = llm.Answer(t.Context(), llmtest.Question, func(string) error { panic("from emit") })
}

// By default, the SDK sends another request when a broken stream contained a continuation token.
func TestBrokenStreamIsNotResumed(t *testing.T) {
	var calls atomic.Int32
	const half = `{"candidates":[{"content":{"parts":[{"text":"half"}]},"continuationToken":"bW9yZQ=="}]}`
	llm := llmtest.Connect(t, provider{}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		_, _ = w.Write([]byte("data: " + half + "\n\n"))
	}))
	llmtest.Ask(t, llm).WantFailure(t, llmtest.Unavailable)
	if calls.Load() != 1 {
		t.Errorf("the server received %d requests, want 1", calls.Load())
	}
}

// The SDK logs a warning about parts that are not text. Ask checks the log.
func TestLogContainsNoText(t *testing.T) {
	const parts = `[{"text":"prompt-canary"},{"inlineData":{}}]`
	body := `data: {"candidates":[{"content":{"parts":` + parts + `}}]}` + "\n\nprompt-canary"
	llmtest.Ask(t, llmtest.Connect(t, provider{}, llmtest.Respond(200, nil, body)))
}

func TestNew(t *testing.T) {
	for _, c := range []gemini.Config{{}, {Model: llmtest.Model}} {
		if _, err := gemini.New(t.Context(), c); err == nil {
			t.Errorf("New(%+v) succeeded, want an error without a key", c)
		}
	}
	if _, err := gemini.New(t.Context(), gemini.Config{APIKey: llmtest.Key}); err != nil {
		t.Errorf("New with only a key: %v", err)
	}
}

func TestDefaultModel(t *testing.T) {
	path := ""
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { path = r.URL.Path }))
	defer server.Close()
	c := gemini.Config{APIKey: llmtest.Key, BaseURL: server.URL, Transport: &http.Transport{}}
	llm, err := gemini.New(t.Context(), c)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	llmtest.Ask(t, llm)
	if !strings.Contains(path, "/gemini-2.5-flash:") {
		t.Errorf("the request went to %s, want the default model gemini-2.5-flash", path)
	}
}

// Only the configuration of Parley reads the environment.
func TestEnvironmentIsIgnored(t *testing.T) {
	t.Setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
	t.Setenv("GOOGLE_CLOUD_PROJECT", "another-project")
	t.Setenv("GOOGLE_API_KEY", "another-key")
	script := llmtest.Always(portstest.LLMResponse{Deltas: []string{"hello"}})
	llm := llmtest.Connect(t, provider{}, llmtest.Serve(t, provider{}, script))
	llmtest.Ask(t, llm).WantAnswer(t, "hello")
}
