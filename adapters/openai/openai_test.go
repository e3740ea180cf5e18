package openai_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/internal/llmtest"
	"github.com/kuvaka-tech/parley/adapters/openai"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

func TestLLM(t *testing.T) { llmtest.Test(t, provider{}) }

func TestFinishReasons(t *testing.T) {
	llmtest.TestFinishReasons(t, provider{}, llmtest.FinishReasons{
		Complete: []string{"stop", "length", "model_length", "eos_token", "stop_sequence"},
		Blocked:  []string{"content_filter"},
		CutOff:   []string{"tool_calls", "function_call", "error", "abort", "UNKNOWN_REASON", llmtest.Canary},
	})
}

// The model's refusal is not in the content, and its finish reason is "stop".
func TestRefusalOfTheModel(t *testing.T) {
	refusal := event(chunk("", object{"refusal": "I cannot help with a prompt-canary."}))
	body := refusal + provider{}.AnswerBody("", "stop")
	r := llmtest.Ask(t, llmtest.Connect(t, provider{}, llmtest.Respond(200, nil, body)))
	r.WantFailure(t, llmtest.Blocked)
	if r.Text != "" {
		t.Errorf("Answer emitted %q, want no text", r.Text)
	}
}

// part returns a chunk with only the fields that the adapter reads. usage may be nil.
func part(text string, finishReason any, usage object) string {
	choice := object{"delta": object{"content": text}, "finish_reason": finishReason}
	return event(object{"choices": []any{choice}, "usage": usage})
}

func counts(in, out int) object { return object{"prompt_tokens": in, "completion_tokens": out} }

// Ollama once sent "" as the finish reason of a chunk that is not the last one.
// Some servers send no usage, others send one with each chunk.
func TestCompatibleServers(t *testing.T) {
	first := part("one ", nil, nil)
	answer := first + part("two", "stop", nil)
	used := chat.Usage{In: 3, Out: 2}
	for name, c := range map[string]struct {
		body string
		want chat.Usage
	}{
		"empty finish reason": {part("one ", "", nil) + part("two", "stop", nil) + done, chat.Usage{}},
		"no [DONE] event":     {answer, chat.Usage{}},
		"usage in each chunk": {part("one ", nil, counts(3, 1)) + part("two", "stop", counts(3, 2)), used},
		"choices null":        {answer + event(object{"choices": nil, "usage": counts(3, 2)}), used},
		"chunk after the end": {answer + part("", nil, nil), chat.Usage{}},
		"impossible usage":    {first + part("two", "stop", counts(-3, 1<<40)), chat.Usage{Out: 1<<31 - 1}},
	} {
		t.Run(name, func(t *testing.T) {
			r := llmtest.Ask(t, llmtest.Connect(t, provider{}, llmtest.Respond(200, nil, c.body)))
			r.WantAnswer(t, "one two")
			if r.Usage != c.want {
				t.Errorf("usage = %+v, want %+v", r.Usage, c.want)
			}
		})
	}
}

func TestNoKeyNoAuthorization(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got, ok := r.Header["Authorization"]; ok {
			t.Errorf("the request has the header Authorization: %q, want none without a key", got)
		}
		_, _ = io.WriteString(w, provider{}.AnswerBody("hi", "stop"))
	}))
	defer server.Close()
	llm, err := openai.New(openai.Config{Model: llmtest.Model, BaseURL: server.URL, Transport: &http.Transport{}})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	llmtest.Ask(t, llm).WantAnswer(t, "hi")
}

func TestNew(t *testing.T) {
	const baseURL = "http://127.0.0.1"
	for _, c := range []openai.Config{{}, {Model: "m"}, {BaseURL: baseURL}, {APIKey: "k", BaseURL: baseURL}} {
		if _, err := openai.New(c); err == nil {
			t.Errorf("New(%+v) succeeded, want an error", c)
		}
	}
	for _, c := range []openai.Config{{APIKey: "k", Model: "m"}, {BaseURL: baseURL, Model: "m"}} {
		if _, err := openai.New(c); err != nil {
			t.Errorf("New(%+v): %v", c, err)
		}
	}
}

func TestDefaultModel(t *testing.T) {
	var body struct{ Model string }
	transport := llmtest.RoundTripper(func(r *http.Request) (*http.Response, error) {
		return nil, errors.Join(json.NewDecoder(r.Body).Decode(&body), io.EOF)
	})
	llm, err := openai.New(openai.Config{APIKey: llmtest.Key, Transport: transport})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	llmtest.Ask(t, llm)
	if body.Model != "gpt-4.1-mini" {
		t.Errorf("the request is for the model %q, want the default model gpt-4.1-mini", body.Model)
	}
}

// Only the configuration of Parley reads the environment.
func TestEnvironmentIsIgnored(t *testing.T) {
	t.Setenv("OPENAI_BASE_URL", "http://127.0.0.1:1")
	t.Setenv("OPENAI_API_KEY", "another-key")
	t.Setenv("OPENAI_CUSTOM_HEADERS", "Authorization: another-key")
	script := llmtest.Always(portstest.LLMResponse{Deltas: []string{"hello"}})
	llm := llmtest.Connect(t, provider{}, llmtest.Serve(t, provider{}, script))
	llmtest.Ask(t, llm).WantAnswer(t, "hello")
}
