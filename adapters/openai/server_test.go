package openai_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/openai"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

const key, model = "key-canary", "gpt-test"

// open makes an adapter that calls a server.
func open(t *testing.T, h http.Handler) *openai.LLM {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return connect(t, s.URL+"/v1", key)
}

func connect(t *testing.T, url, key string) *openai.LLM {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	llm, err := openai.New(openai.Config{APIKey: key, Model: model, BaseURL: url, Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	return llm
}

// company plays a script in the protocol of developers.openai.com/api/reference/chat-completions.
type company struct {
	*testing.T
	script portstest.Script
}

func (c company) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.String() != "/v1/chat/completions" || r.Header.Get("Authorization") != "Bearer "+key {
		c.Errorf("%s %s", r.Method, r.URL)
	}
	p, err := understood(r)
	if err != nil {
		c.Error(err)
	}
	act := c.script(p)
	if act.Status != 0 {
		refuse(w, act, p)
		return
	}
	c.stream(&stream{w}, r, act, p)
}

// understood reads a request as strictly as OpenAI does.
func understood(r *http.Request) (p chat.Prompt, err error) {
	var body struct {
		Model         string          `json:"model"`
		Stream        bool            `json:"stream"`
		StreamOptions map[string]bool `json:"stream_options"`
		Messages      []struct {
			Role    string `json:"role"`
			Content string `json:"content"`
		} `json:"messages"`
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&body); err != nil {
		return p, err
	}
	if body.Model != model || !body.Stream || !body.StreamOptions["include_usage"] || len(body.StreamOptions) != 1 {
		return p, fmt.Errorf("asked %q, stream %v, options %v", body.Model, body.Stream, body.StreamOptions)
	}
	for i, m := range body.Messages {
		switch m.Role {
		case "system":
			if p.System = m.Content; i != 0 {
				return p, fmt.Errorf("the system text is message %d", i)
			}
		case "user", "assistant":
			p.Turns = append(p.Turns, chat.Turn{FromUser: m.Role == "user", Text: m.Content})
		default:
			return p, fmt.Errorf("unexpected role %q", m.Role)
		}
	}
	return p, nil
}

// refuse quotes the prompt wherever OpenAI could; it asks for a wait in milliseconds where it is busy, and else in seconds.
func refuse(w http.ResponseWriter, act portstest.Act, p chat.Prompt) {
	if wait := act.RetryAfter; wait > 0 && act.Status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After-Ms", strconv.Itoa(int(wait.Milliseconds())))
	} else if wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())))
	}
	w.Header().Set("Location", "/v1/chat/completions")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(act.Status)
	quote := fmt.Sprint(p)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"message": quote, "type": quote, "code": quote, "param": quote}})
}

// stream reasons before it speaks, as some of the compatible servers show, and
// counts all along where it does not come to the end, as some do.
func (c company) stream(s *stream, r *http.Request, act portstest.Act, p chat.Prompt) {
	if act.End != portstest.Breaks || len(act.Deltas) > 0 { // or there is no answer at all, after which a transport may call again
		s.comment("PROCESSING")
	}
	if len(act.Deltas) > 0 || act.End == portstest.Whole {
		s.send(chunk("", map[string]any{"role": "assistant", "content": "", "reasoning_content": fmt.Sprint("thinking about ", p)}))
	}
	finish, finishes := map[portstest.End]string{portstest.Whole: "stop", portstest.Fills: "length", portstest.Blocks: "content_filter"}[act.End]
	for i, delta := range act.Deltas {
		said := chunk("", map[string]any{"content": delta})
		if !finishes {
			said["usage"] = counts(chat.Usage{In: act.Usage.In, Out: act.Usage.Out * (i + 1) / len(act.Deltas)})
		}
		s.send(said)
	}
	if finishes {
		s.send(chunk(finish, map[string]any{}))
		s.usage(act.Usage)
		s.done()
		return
	}
	c.breaks(s, r, act, p)
}

// breaks is the end of a stream that does not come to its own.
func (c company) breaks(s *stream, r *http.Request, act portstest.Act, p chat.Prompt) {
	switch act.End {
	case portstest.Errs:
		s.send(map[string]any{"error": map[string]any{"message": fmt.Sprint(p), "type": "server_error", "code": nil}})
	case portstest.Breaks:
		panic(http.ErrAbortHandler)
	case portstest.Hangs:
		<-r.Context().Done()
		act.Left()
	}
}

func chunk(finish string, delta map[string]any) map[string]any {
	choice := map[string]any{"index": 0, "delta": delta, "logprobs": nil, "finish_reason": nil}
	if finish != "" {
		choice["finish_reason"] = finish
	}
	return map[string]any{"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": []any{choice}, "usage": nil}
}

// stream writes chunks as server-sent events.
type stream struct{ http.ResponseWriter }

func (s *stream) send(chunk any) {
	data, err := json.Marshal(chunk)
	if err != nil {
		panic(err)
	}
	s.write("data: " + string(data))
}

// usage comes in a chunk of its own.
func (s *stream) usage(u chat.Usage) {
	s.send(map[string]any{"object": "chat.completion.chunk", "choices": []any{}, "usage": counts(u)})
}

// counts has the reasoning among the answer's tokens.
func counts(u chat.Usage) map[string]any {
	return map[string]any{
		"prompt_tokens": u.In, "completion_tokens": u.Out, "total_tokens": u.In + u.Out,
		"completion_tokens_details": map[string]any{"reasoning_tokens": u.Out / 3},
	}
}

func (s *stream) done() { s.write("data: [DONE]") }

func (s *stream) comment(text string) { s.write(": " + text) }

func (s *stream) write(event string) {
	s.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	_, _ = fmt.Fprintf(s, "%s\n\n", event)
	s.ResponseWriter.(http.Flusher).Flush()
}
