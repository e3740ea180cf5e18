package openai_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kuvaka-tech/parley/adapters/openai"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

func TestLLM(t *testing.T) {
	portstest.LLM(t, func(t *testing.T, s portstest.Script) ports.LLM { return open(t, company{t, s}) })
}

var question = chat.Prompt{System: "Be kind, prompt-canary.", Turns: []chat.Turn{{FromUser: true, Text: "What is a prompt-canary?"}}}

// answered asks a server that answers with a body.
func answered(t *testing.T, status int, header http.Header, body string) (string, chat.Usage, error) {
	t.Helper()
	return asked(t, open(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	})))
}

func asked(t *testing.T, llm ports.LLM) (text string, u chat.Usage, err error) {
	t.Helper()
	u, err = llm.Answer(t.Context(), question, func(delta string) error { text += delta; return nil })
	for e := err; e != nil; e = errors.Unwrap(e) {
		if said := fmt.Sprintf("%v %+v", e, e); strings.Contains(said, "canary") {
			t.Errorf("the error says too much: %s", said)
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
	down     = chat.Failure{Code: chat.CodeUnavailable, Retryable: true}
	broken   = chat.Failure{Code: chat.CodeUnavailable}
	rejected = chat.Failure{Code: chat.CodeRejected}
	blocked  = chat.Failure{Code: chat.CodeBlocked}
)

func finishing(reason, text string) string {
	return `data: {"choices":[{"index":0,"delta":{"content":"` + text + `"},"finish_reason":"` + reason + `"}]}` + "\n\n" +
		`data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":42,"total_tokens":49}}` + "\n\ndata: [DONE]\n\n"
}

func TestFinishReasons(t *testing.T) {
	for reasons, want := range map[string]chat.Failure{
		"content_filter": blocked,
		"tool_calls function_call error abort NEVER_HEARD_OF canary!": down,
	} {
		for _, reason := range strings.Fields(reasons) {
			text, u, err := answered(t, 200, nil, finishing(reason, "half"))
			expectFailure(t, err, want)
			if text != "half" || u != (chat.Usage{In: 7, Out: 42}) {
				t.Errorf("%s: emitted %q, used %+v", reason, text, u)
			}
		}
	}
	for _, reason := range []string{"stop", "length", "model_length", "eos_token", "stop_sequence"} {
		text, u, err := answered(t, 200, nil, finishing(reason, "whole"))
		if err != nil || text != "whole" || u != (chat.Usage{In: 7, Out: 42}) {
			t.Errorf("%s: %q, %+v, %v", reason, text, u, err)
		}
		_, _, err = answered(t, 200, nil, finishing(reason, ""))
		expectFailure(t, err, down)
	}
}

// A model that refuses says so apart from its answer and finishes in good order.
func TestRefusalOfTheModel(t *testing.T) {
	text, _, err := answered(t, 200, nil, `data: {"choices":[{"delta":{"refusal":"I cannot help with a prompt-canary."}}]}`+"\n\n"+finishing("stop", ""))
	expectFailure(t, err, blocked)
	if text != "" {
		t.Errorf("emitted %q", text)
	}
}

// Ollama once sent "" where null belongs; servers that do not count send no usage, others one with every chunk.
func TestCompatibleServers(t *testing.T) {
	const part = `data: {"choices":[{"delta":{"content":"%s"},"finish_reason":%s}]%s}` + "\n\n"
	for name, test := range map[string]struct {
		body string
		want chat.Usage
	}{
		"empty finish reasons": {fmt.Sprintf(part+part, "one ", `""`, "", "two", `"stop"`, "") + "data: [DONE]\n\n", chat.Usage{}},
		"no end of the stream": {fmt.Sprintf(part+part, "one ", "null", "", "two", `"stop"`, ""), chat.Usage{}},
		"usage all along":      {fmt.Sprintf(part+part, "one ", "null", `,"usage":{"prompt_tokens":3,"completion_tokens":1}`, "two", `"stop"`, `,"usage":{"prompt_tokens":3,"completion_tokens":2}`), chat.Usage{In: 3, Out: 2}},
		"choices that are null": {fmt.Sprintf(part+part, "one ", "null", "", "two", `"stop"`, "") + `data: {"choices":null,"usage":{"prompt_tokens":3,"completion_tokens":2}}` + "\n\n",
			chat.Usage{In: 3, Out: 2}},
		"a chunk after the end": {fmt.Sprintf(part+part+part, "one ", "null", "", "two", `"stop"`, "", "", "null", ""), chat.Usage{}},
		"counts that are none":  {fmt.Sprintf(part+part, "one ", "null", "", "two", `"stop"`, `,"usage":{"prompt_tokens":-3,"completion_tokens":99999999999}`), chat.Usage{Out: 1<<31 - 1}},
	} {
		text, u, err := answered(t, 200, nil, test.body)
		if err != nil || text != "one two" || u != test.want {
			t.Errorf("%s: %q, %+v, %v", name, text, u, err)
		}
	}
}

// Without a key no header claims one.
func TestNoKey(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got, sent := r.Header["Authorization"]; sent {
			t.Errorf("sent %q", got)
		}
		_, _ = w.Write([]byte(finishing("stop", "hi")))
	}))
	defer server.Close()
	if text, _, err := asked(t, connect(t, server.URL, "")); err != nil || text != "hi" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestNew(t *testing.T) {
	for _, c := range []openai.Config{{}, {Model: model}, {BaseURL: "http://127.0.0.1"}, {APIKey: key, BaseURL: "http://127.0.0.1"}} {
		if _, err := openai.New(c); err == nil || strings.Contains(err.Error(), key) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	for _, c := range []openai.Config{{APIKey: key, Model: model}, {BaseURL: "http://127.0.0.1", Model: model}} {
		if _, err := openai.New(c); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Of OpenAI's own there is a model by default; of other services no name is known.
func TestTheDefaultModel(t *testing.T) {
	var asked struct{ Model string }
	llm, err := openai.New(openai.Config{APIKey: key, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		return nil, errors.Join(json.NewDecoder(r.Body).Decode(&asked), io.EOF)
	})})
	if err != nil {
		t.Fatal(err)
	}
	if _, _ = llm.Answer(t.Context(), question, nil); asked.Model != "gpt-4.1-mini" {
		t.Errorf("asked for %q", asked.Model)
	}
}

// The environment is the configuration's to read, not the SDK's.
func TestEnvironmentIsIgnored(t *testing.T) {
	t.Setenv("OPENAI_BASE_URL", "http://127.0.0.1:1")
	t.Setenv("OPENAI_API_KEY", "another")
	t.Setenv("OPENAI_CUSTOM_HEADERS", "Authorization: another")
	llm := open(t, company{t, func(chat.Prompt) portstest.Act { return portstest.Act{Deltas: []string{"here"}} }})
	if text, _, err := asked(t, llm); err != nil || text != "here" {
		t.Errorf("%q, %v", text, err)
	}
}
