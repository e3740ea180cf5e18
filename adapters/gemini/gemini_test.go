package gemini_test

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

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kuvaka-tech/parley/adapters/gemini"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

func TestLLM(t *testing.T) {
	portstest.LLM(t, func(t *testing.T, s portstest.Script) ports.LLM { return open(t, google{t, s}) })
}

var question = chat.Prompt{System: "Be kind, prompt-canary.", Turns: []chat.Turn{{FromUser: true, Text: "What is a prompt-canary?"}}}

// answered asks a server that answers with a body.
func answered(t *testing.T, status int, header http.Header, body string) (string, chat.Usage, error) {
	t.Helper()
	llm := open(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	return asked(t, llm)
}

func asked(t *testing.T, llm *gemini.LLM) (text string, u chat.Usage, err error) {
	t.Helper()
	u, err = llm.Answer(t.Context(), question, func(delta string) error { text += delta; return nil })
	for _, secret := range []string{key, "canary"} {
		if err != nil && strings.Contains(fmt.Sprintf("%v %+v", err, errors.Unwrap(err)), secret) {
			t.Errorf("the error says too much: %v", err)
		}
	}
	return text, u, err
}

func expectFailure(t *testing.T, err error, want chat.Failure) {
	t.Helper()
	var f *chat.Failure
	if !errors.As(err, &f) {
		t.Fatalf("failed with %T %v", err, err)
	}
	if diff := cmp.Diff(want, *f, cmpopts.IgnoreFields(chat.Failure{}, "Cause")); diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

var (
	down    = chat.Failure{Code: chat.CodeUnavailable, Retryable: true}
	broken  = chat.Failure{Code: chat.CodeUnavailable}
	blocked = chat.Failure{Code: chat.CodeBlocked}
)

func finishing(reason, text string) string {
	return `data: {"candidates":[{"content":{"parts":[{"text":"` + text + `"}]},"finishReason":"` + reason + `"}],"usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":2,"thoughtsTokenCount":40}}` + "\n\n"
}

func TestFinishReasons(t *testing.T) {
	for reasons, want := range map[string]chat.Failure{
		"SAFETY RECITATION PROHIBITED_CONTENT BLOCKLIST SPII IMAGE_SAFETY IMAGE_PROHIBITED_CONTENT IMAGE_RECITATION": blocked,
		"MALFORMED_FUNCTION_CALL OTHER LANGUAGE FINISH_REASON_UNSPECIFIED CONTINUATION NEVER_HEARD_OF canary!":       down,
	} {
		for _, reason := range strings.Fields(reasons) {
			text, _, err := answered(t, 200, nil, finishing(reason, "half"))
			expectFailure(t, err, want)
			if text != "half" {
				t.Errorf("%s: emitted %q", reason, text)
			}
		}
	}
	for _, reason := range []string{"STOP", "MAX_TOKENS"} {
		text, u, err := answered(t, 200, nil, finishing(reason, "whole"))
		if err != nil || text != "whole" || u != (chat.Usage{In: 7, Out: 42}) {
			t.Errorf("%s: %q, %+v, %v", reason, text, u, err)
		}
		_, _, err = answered(t, 200, nil, finishing(reason, ""))
		expectFailure(t, err, down)
	}
}

func TestBlockedPrompts(t *testing.T) {
	for _, reason := range []string{"SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "NEVER_HEARD_OF", "canary!"} {
		_, _, err := answered(t, 200, nil, `data: {"promptFeedback":{"blockReason":"`+reason+`","safetyRatings":[]}}`+"\n\n")
		expectFailure(t, err, blocked)
	}
	text, _, err := answered(t, 200, nil, `data: {"promptFeedback":{"safetyRatings":[]}}`+"\n\n"+finishing("STOP", "fine"))
	if err != nil || text != "fine" {
		t.Errorf("ratings alone block nothing: %q, %v", text, err)
	}
}

// Deltas are passed on as they are said: the server says the second when the first was emitted.
func TestSlowAnswer(t *testing.T) {
	heard := make(chan struct{})
	llm := open(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s := &stream{w}
		s.send(candidate("", map[string]any{"text": "one "}))
		<-heard
		s.send(candidate("STOP", map[string]any{"text": "two"}))
	}))
	var text string
	_, err := llm.Answer(t.Context(), question, func(delta string) error {
		if text += delta; text == "one " {
			close(heard)
		}
		return nil
	})
	if err != nil || text != "one two" {
		t.Errorf("%q, %v", text, err)
	}
}

func refusal(code int, status, details string) string {
	return fmt.Sprintf(`{"error":{"code":%d,"message":"What is a prompt-canary?","status":%q,"details":[%s]}}`, code, status, details)
}

// The log says who answered what, and no more.
func TestCausesNameTheProvider(t *testing.T) {
	for want, test := range map[string]struct {
		status int
		body   string
	}{
		"gemini answered 500":                    {500, ""},
		"gemini answered 503 UNAVAILABLE":        {503, refusal(503, "UNAVAILABLE", "")},
		"gemini answered 400":                    {400, refusal(400, "prompt-canary", "")},
		"gemini answered 429 RESOURCE_EXHAUSTED": {429, refusal(429, "RESOURCE_EXHAUSTED", "")},
	} {
		var f *chat.Failure
		if _, _, err := answered(t, test.status, nil, test.body); !errors.As(err, &f) || f.Cause == nil || f.Cause.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

const retryInfo = `{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.5s"}`

func TestWaits(t *testing.T) {
	const date = "Sun, 01 Mar 2026 12:00:00 GMT"
	tests := map[string]struct {
		header http.Header
		body   string
		want   time.Duration
	}{
		"none":             {nil, refusal(429, "RESOURCE_EXHAUSTED", ""), 0},
		"in the body":      {nil, refusal(429, "RESOURCE_EXHAUSTED", `{"@type":"type.googleapis.com/google.rpc.Help"},`+retryInfo), 34500 * time.Millisecond},
		"in the header":    {http.Header{"Retry-After": {"7"}}, refusal(429, "RESOURCE_EXHAUSTED", ""), 7 * time.Second},
		"the longer":       {http.Header{"Retry-After": {"7"}}, refusal(429, "RESOURCE_EXHAUSTED", retryInfo), 34500 * time.Millisecond},
		"the longer again": {http.Header{"Retry-After": {"70"}}, refusal(429, "RESOURCE_EXHAUSTED", retryInfo), 70 * time.Second},
		"a date":           {http.Header{"Retry-After": {"Sun, 01 Mar 2026 12:01:30 GMT"}, "Date": {date}}, "busy", 90 * time.Second},
		"a date gone by":   {http.Header{"Retry-After": {"Sun, 01 Mar 2026 11:00:00 GMT"}, "Date": {date}}, "busy", 0},
		"junk":             {http.Header{"Retry-After": {"soon"}}, refusal(429, "X", `{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":{}}`), 0},
		"without end":      {http.Header{"Retry-After": {"99999999999999999999"}}, "", (1<<31 - 1) * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, _, err := answered(t, 429, test.header, test.body)
			expectFailure(t, err, chat.Failure{Code: chat.CodeUnavailable, Retryable: true, RetryAfter: test.want})
		})
	}
}

func TestRefusals(t *testing.T) {
	tests := map[string]struct {
		status int
		body   string
		want   chat.Failure
		cause  string
	}{
		"overloaded":                   {503, refusal(503, "UNAVAILABLE", ""), down, "503 UNAVAILABLE"},
		"in the middle":                {200, "data: " + refusal(503, "UNAVAILABLE", retryInfo) + "\n\n", chat.Failure{Code: down.Code, Retryable: true, RetryAfter: 34500 * time.Millisecond}, "503 UNAVAILABLE"},
		"in the middle, for good":      {200, "data: " + refusal(400, "INVALID_ARGUMENT", "") + "\n\n", chat.Failure{Code: chat.CodeRejected}, "400 INVALID_ARGUMENT"},
		"a bad key":                    {400, refusal(400, "INVALID_ARGUMENT", `{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}`), broken, "400 INVALID_ARGUMENT"},
		"an unpaid account":            {400, refusal(400, "FAILED_PRECONDITION", ""), broken, "400 FAILED_PRECONDITION"},
		"a proxy's page":               {502, "<html>prompt-canary</html>", down, "502"},
		"a proxy's own JSON":           {403, `{"error":"prompt-canary"}`, broken, "403"},
		"a code other than the status": {500, refusal(400, "canary", ""), down, "500"},
		"a body without a code":        {400, `{"error":{"message":"prompt-canary"}}`, chat.Failure{Code: chat.CodeRejected}, "400"},
		"details that are none":        {429, `{"error":{"code":429,"details":"prompt-canary"}}`, down, "429"},
		"a redirect":                   {301, "", broken, "301"},
		"a request that took too long": {408, "", down, "408"},
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

// Chunks that are no chunks; over some of them the SDK panics.
func TestOddStreams(t *testing.T) {
	for _, body := range []string{
		"", "prompt-canary", "data: prompt-canary\n\n", "data: {\"prompt-canary\n\n", "data: []\n\n", "data: null\n\n", ": ping\n\n",
		`data: {"candidates":"prompt-canary"}` + "\n\n", `data: {"candidates":[null]}` + "\n\n", `data: {"candidates":[{"content":{"parts":[null]}}]}` + "\n\n",
		`data: {"candidates":[{"citationMetadata":1}]}` + "\n\n", `data: {"error":{"code":"prompt-canary"}}` + "\n\n",
	} {
		text, _, err := answered(t, 200, nil, body)
		expectFailure(t, err, down)
		if text != "" {
			t.Errorf("%s: emitted %q", body, text)
		}
	}
}

func TestPanicsOfEmitGoOn(t *testing.T) {
	defer func() {
		if got := recover(); got != "mine" {
			t.Errorf("recovered %v", got)
		}
	}()
	llm := open(t, google{t, func(chat.Prompt) portstest.Act { return portstest.Act{Deltas: []string{"x"}} }})
	_, _ = llm.Answer(t.Context(), question, func(string) error { panic("mine") })
}

// The SDK would take a continuation token as leave to call again.
func TestBrokenStreamIsNotResumed(t *testing.T) {
	var calls atomic.Int32
	llm := open(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		_, _ = w.Write([]byte(`data: {"candidates":[{"content":{"parts":[{"text":"half"}]},"continuationToken":"bW9yZQ=="}]}` + "\n\n"))
	}))
	_, _, err := asked(t, llm)
	expectFailure(t, err, down)
	if calls.Load() != 1 {
		t.Errorf("%d calls", calls.Load())
	}
}

// What was said is whole even if the connection breaks after its end.
func TestBreakAfterTheEnd(t *testing.T) {
	llm := open(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		(&stream{w}).send(candidate("STOP", map[string]any{"text": "whole"}))
		panic(http.ErrAbortHandler)
	}))
	if text, _, err := asked(t, llm); err != nil || text != "whole" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestNobodyListens(t *testing.T) {
	s := httptest.NewServer(nil)
	s.Close()
	_, _, err := asked(t, connect(t, s.URL))
	expectFailure(t, err, down)
	if !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("%v does not say why", err)
	}
}

func TestKeyIsNotHandedOn(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("followed with the key %q", r.Header.Get("x-goog-api-key"))
	}))
	defer other.Close()
	_, _, err := answered(t, 307, http.Header{"Location": {other.URL}}, "")
	expectFailure(t, err, broken)
}

func TestNew(t *testing.T) {
	for _, c := range []gemini.Config{{}, {Model: model}} {
		if _, err := gemini.New(t.Context(), c); err == nil || strings.Contains(err.Error(), key) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if _, err := gemini.New(t.Context(), gemini.Config{APIKey: key, Model: model}); err != nil {
		t.Errorf("without a transport: %v", err)
	}
}

func TestTheDefaultModel(t *testing.T) {
	asked := ""
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked = r.URL.Path }))
	defer s.Close()
	llm, err := gemini.New(t.Context(), gemini.Config{APIKey: key, BaseURL: s.URL, Transport: &http.Transport{}})
	if err != nil {
		t.Fatal(err)
	}
	if _, _ = llm.Answer(t.Context(), question, nil); asked != "/v1beta/models/gemini-2.5-flash:streamGenerateContent" {
		t.Errorf("asked %s", asked)
	}
}

// The environment is the configuration's to read, not the SDK's.
func TestEnvironmentIsIgnored(t *testing.T) {
	t.Setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
	t.Setenv("GOOGLE_CLOUD_PROJECT", "elsewhere")
	t.Setenv("GOOGLE_API_KEY", "another")
	llm := open(t, google{t, func(chat.Prompt) portstest.Act { return portstest.Act{Deltas: []string{"here"}} }})
	if text, _, err := asked(t, llm); err != nil || text != "here" {
		t.Errorf("%q, %v", text, err)
	}
}

// The SDK writes to the standard log.
func TestLogHoldsNoText(t *testing.T) {
	var out bytes.Buffer
	defer log.SetOutput(log.Writer())
	log.SetOutput(&out)
	_, _, _ = answered(t, 200, nil, `data: {"candidates":[{"content":{"parts":[{"text":"prompt-canary"},{"inlineData":{}}]}}]}`+"\n\nprompt-canary")
	llm := open(t, google{t, func(chat.Prompt) portstest.Act {
		return portstest.Act{Deltas: []string{"prompt-canary"}, End: portstest.Breaks}
	}})
	_, _, _ = asked(t, llm)
	if strings.Contains(out.String(), "canary") {
		t.Error("a text was logged")
	}
}
