package openai_test

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

func refusal(kind, code string) string {
	return fmt.Sprintf(`{"error":{"message":"What is a prompt-canary?","type":%q,"param":null,"code":%s}}`, kind, code)
}

func TestRefusals(t *testing.T) {
	const invalid = "invalid_request_error"
	tests := map[string]struct {
		status int
		body   string
		want   chat.Failure
		cause  string
	}{
		"busy":                           {429, refusal("requests", `"rate_limit_exceeded"`), down, "429"},
		"no money":                       {429, refusal("insufficient_quota", `"insufficient_quota"`), broken, "429 insufficient_quota"},
		"no money, by another code":      {429, refusal("insufficient_quota", `"credit_balance_exhausted"`), broken, "429 insufficient_quota"},
		"no money at OpenRouter":         {402, refusal("", "402"), broken, "402"},
		"too long":                       {400, refusal(invalid, `"context_length_exceeded"`), rejected, "400 context_length_exceeded"},
		"too long for vLLM":              {400, refusal("BadRequestError", "400"), rejected, "400"},
		"flagged":                        {400, refusal(invalid, `"invalid_prompt"`), blocked, "400 invalid_prompt"},
		"filtered by Azure":              {400, refusal("", `"content_filter"`), blocked, "400 content_filter"},
		"flagged by OpenRouter":          {403, `{"error":{"code":403,"metadata":{"reasons":["prompt-canary"],"flagged_input":"prompt-canary"}}}`, blocked, "403 moderated"},
		"a key that is none":             {401, refusal(invalid, `"invalid_api_key"`), broken, "401"},
		"a country that is not served":   {403, refusal("request_forbidden", `"unsupported_country_region_territory"`), broken, "403"},
		"a model that is none":           {404, refusal(invalid, `"model_not_found"`), broken, "404 model_not_found"},
		"a model that is none, with 400": {400, refusal(invalid, `"model_not_found"`), broken, "400 model_not_found"},
		"overloaded":                     {503, refusal("server_error", "null"), down, "503"},
		"a request that took too long":   {408, "", down, "408"},
		"a redirect":                     {301, "", broken, "301"},
		"a proxy's page":                 {502, "<html>prompt-canary</html>", down, "502"},
		"a proxy's own JSON":             {403, `{"error":"prompt-canary"}`, broken, "403"},
		"a body without a code":          {400, `{"error":{"message":"prompt-canary"}}`, rejected, "400"},
		"a list":                         {500, `["prompt-canary"]`, down, "500"},
		"in the middle":                  {200, "data: " + refusal("server_error", "null") + "\n\n", down, "StreamError"},
		"in the middle, by OpenRouter":   {200, `data: {"error":{"code":502,"message":"prompt-canary"},"choices":[{"delta":{"content":""},"finish_reason":"error"}]}` + "\n\n", down, "502"},
		"in the middle, for good":        {200, "data: " + refusal("BadRequestError", "400") + "\n\n", rejected, "400"},
		"in the middle, without money":   {200, "data: " + refusal("insufficient_quota", "null") + "\n\n", broken, "insufficient_quota"},
		"in the middle, in a word":       {200, `data: {"error":"prompt-canary"}` + "\n\n", down, "StreamError"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, _, err := answered(t, test.status, nil, test.body)
			expectFailure(t, err, test.want)
			if !strings.Contains(err.Error(), test.cause) {
				t.Errorf("%v does not name its cause", err)
			}
		})
	}
}

// The log says who answered what, and no more.
func TestCausesNameTheProvider(t *testing.T) {
	for want, test := range map[string]struct {
		status int
		body   string
	}{
		"openai answered 500":                    {500, ""},
		"openai answered 401":                    {401, refusal("prompt-canary", `"invalid_api_key"`)},
		"openai answered 429 insufficient_quota": {429, refusal("insufficient_quota", "null")},
	} {
		var f *chat.Failure
		if _, _, err := answered(t, test.status, nil, test.body); !errors.As(err, &f) || f.Cause == nil || f.Cause.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestWaits(t *testing.T) {
	const date = "Sun, 01 Mar 2026 12:00:00 GMT"
	for name, test := range map[string]struct {
		header http.Header
		want   time.Duration
	}{
		"none":            {nil, 0},
		"seconds":         {http.Header{"Retry-After": {"7"}}, 7 * time.Second},
		"milliseconds":    {http.Header{"Retry-After": {"2"}, "Retry-After-Ms": {"1500"}}, 1500 * time.Millisecond},
		"junk and a word": {http.Header{"Retry-After": {"7"}, "Retry-After-Ms": {"soon"}}, 7 * time.Second},
		"a date":          {http.Header{"Retry-After": {"Sun, 01 Mar 2026 12:01:30 GMT"}, "Date": {date}}, 90 * time.Second},
		"a date gone by":  {http.Header{"Retry-After": {"Sun, 01 Mar 2026 11:00:00 GMT"}, "Date": {date}}, 0},
		"junk":            {http.Header{"Retry-After": {"soon"}}, 0},
		"without end":     {http.Header{"Retry-After": {"99999999999999999999"}}, (1<<31 - 1) * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := answered(t, 429, test.header, refusal("requests", "null"))
			expectFailure(t, err, chat.Failure{Code: chat.CodeUnavailable, Retryable: true, RetryAfter: test.want})
		})
	}
}

func TestOddStreams(t *testing.T) {
	for _, body := range []string{
		"", "prompt-canary", "data: prompt-canary\n\n", "data: {\"prompt-canary\n\n", "data: []\n\n", "data: null\n\n", ": ping\n\n", "data: [DONE]\n\n",
		`data: {"choices":"prompt-canary"}` + "\n\n", `data: {"choices":[null]}` + "\n\n", `data: {"choices":[{"delta":["prompt-canary"]}]}` + "\n\n",
		`data: {"choices":[{"delta":{"content":[{"type":"thinking","text":"prompt-canary"}]},"finish_reason":"stop"}]}` + "\n\n",
		`data: {"choices":[{"delta":{"tool_calls":[{"index":"prompt-canary"}]},"logprobs":1}],"usage":"prompt-canary"}` + "\n\n", `{"choices":[{"message":{"content":"prompt-canary"}}]}`,
	} {
		text, _, err := answered(t, 200, nil, body)
		expectFailure(t, err, down)
		if text != "" {
			t.Errorf("%s: emitted %q", body, text)
		}
	}
}

// What was said is whole even if the connection breaks after its end.
func TestBreakAfterTheEnd(t *testing.T) {
	llm := open(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		(&stream{w}).send(chunk("stop", map[string]any{"content": "whole"}))
		panic(http.ErrAbortHandler)
	}))
	if text, _, err := asked(t, llm); err != nil || text != "whole" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestNobodyListens(t *testing.T) {
	s := httptest.NewServer(nil)
	s.Close()
	_, _, err := asked(t, connect(t, s.URL, key))
	expectFailure(t, err, down)
	if !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("%v does not say why", err)
	}
}

// Neither the SDK's own retries nor its reading of x-should-retry.
func TestNobodyRetries(t *testing.T) {
	var calls atomic.Int32
	llm := open(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.Header().Set("X-Should-Retry", "true")
		w.WriteHeader(503)
	}))
	_, _, err := asked(t, llm)
	if expectFailure(t, err, down); calls.Load() != 1 {
		t.Errorf("%d calls", calls.Load())
	}
}

func TestKeyIsNotHandedOn(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("followed with the key %q", r.Header.Get("Authorization"))
	}))
	defer other.Close()
	_, _, err := answered(t, 307, http.Header{"Location": {other.URL}}, "")
	expectFailure(t, err, broken)
}

func TestLogHoldsNoText(t *testing.T) {
	var out bytes.Buffer
	defer log.SetOutput(log.Writer())
	log.SetOutput(&out)
	_, _, _ = answered(t, 200, nil, "data: prompt-canary\n\n")
	_, _, _ = answered(t, 400, nil, refusal("canary", "null"))
	llm := open(t, company{t, func(chat.Prompt) portstest.Act {
		return portstest.Act{Deltas: []string{"prompt-canary"}, End: portstest.Breaks}
	}})
	_, _, _ = asked(t, llm)
	if strings.Contains(out.String(), "canary") {
		t.Error("a text was logged")
	}
}
