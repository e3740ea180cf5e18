package gemini_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/gemini"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

const key, model = "key-canary", "gemini-test"

// open makes an adapter that calls a server.
func open(t *testing.T, h http.Handler) *gemini.LLM {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return connect(t, s.URL)
}

func connect(t *testing.T, url string) *gemini.LLM {
	t.Helper()
	llm, err := gemini.New(t.Context(), gemini.Config{APIKey: key, Model: model, BaseURL: url, Transport: &http.Transport{}})
	if err != nil {
		t.Fatal(err)
	}
	return llm
}

// google plays a script in the protocol of ai.google.dev/api/generate-content.
type google struct {
	*testing.T
	script portstest.Script
}

func (g google) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.String() != "/v1beta/models/"+model+":streamGenerateContent?alt=sse" || r.Header.Get("x-goog-api-key") != key {
		g.Errorf("%s %s", r.Method, r.URL)
	}
	p, err := understood(r)
	if err != nil {
		g.Error(err)
	}
	act := g.script(p)
	if act.Status != 0 {
		refuse(w, act, p)
		return
	}
	g.stream(&stream{w}, r, act, p)
}

type content struct {
	Role  string              `json:"role,omitempty"`
	Parts []map[string]string `json:"parts"`
}

// understood reads a request as strictly as Google does.
func understood(r *http.Request) (p chat.Prompt, err error) {
	var body struct {
		Contents          []content `json:"contents"`
		SystemInstruction *content  `json:"systemInstruction"`
		GenerationConfig  struct{}  `json:"generationConfig"`
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&body); err != nil {
		return p, err
	}
	if s := body.SystemInstruction; s != nil {
		p.System = s.Parts[0]["text"]
	}
	for _, c := range body.Contents {
		if c.Role != "user" && c.Role != "model" || len(c.Parts) != 1 || len(c.Parts[0]) != 1 {
			return p, fmt.Errorf("unexpected content of role %q with %d parts", c.Role, len(c.Parts))
		}
		p.Turns = append(p.Turns, chat.Turn{FromUser: c.Role == "user", Text: c.Parts[0]["text"]})
	}
	return p, nil
}

// refuse quotes the prompt; it asks for a wait in the body where Google does, which is in 429, and else in the header.
func refuse(w http.ResponseWriter, act portstest.Act, p chat.Prompt) {
	details := []any{map[string]any{"@type": "type.googleapis.com/google.rpc.Help", "links": []any{fmt.Sprint(p)}}}
	if wait := act.RetryAfter; wait > 0 && act.Status == http.StatusTooManyRequests {
		details = append(details, map[string]any{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": wait.String()})
	} else if wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())))
	}
	w.Header().Set("Location", "/v1beta/models/"+model+":streamGenerateContent?alt=sse")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(act.Status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{
		"code": act.Status, "status": "A_NAME", "message": fmt.Sprintf("cannot answer %v", p), "details": details,
	}})
}

// stream thinks before it speaks, and counts all along.
func (g google) stream(s *stream, r *http.Request, act portstest.Act, p chat.Prompt) {
	if len(act.Deltas) > 0 || act.End == portstest.Whole {
		s.send(candidate("", map[string]any{"text": fmt.Sprint("thinking about ", p), "thought": true}))
	}
	for i, delta := range act.Deltas {
		counted := act.Usage
		if i < len(act.Deltas)-1 {
			counted.Out = i
		}
		s.send(counting(candidate("", map[string]any{"text": delta}), counted))
	}
	switch act.End {
	case portstest.Whole:
		s.send(counting(candidate("STOP", map[string]any{"text": ""}), act.Usage))
	case portstest.Fills:
		s.send(counting(candidate("MAX_TOKENS", map[string]any{"text": ""}), act.Usage))
	case portstest.Blocks:
		if len(act.Deltas) == 0 {
			s.send(map[string]any{"promptFeedback": map[string]any{"blockReason": "SAFETY", "blockReasonMessage": fmt.Sprint(p)}})
			return
		}
		s.send(map[string]any{"candidates": []any{map[string]any{"finishReason": "SAFETY", "finishMessage": fmt.Sprint(p)}}})
	case portstest.Errs:
		s.send(map[string]any{"error": map[string]any{"code": 503, "status": "UNAVAILABLE", "message": fmt.Sprint(p)}})
	case portstest.Breaks:
		panic(http.ErrAbortHandler)
	case portstest.Hangs:
		<-r.Context().Done()
		act.Left()
	}
}

// counting counts the thoughts apart.
func counting(chunk map[string]any, u chat.Usage) map[string]any {
	thoughts := u.Out / 3
	chunk["usageMetadata"] = map[string]any{"promptTokenCount": u.In, "thoughtsTokenCount": thoughts, "candidatesTokenCount": u.Out - thoughts}
	return chunk
}

func candidate(finish string, parts ...map[string]any) map[string]any {
	c := map[string]any{"index": 0, "content": map[string]any{"role": "model", "parts": parts}}
	if finish != "" {
		c["finishReason"] = finish
	}
	return map[string]any{"candidates": []any{c}, "modelVersion": model}
}

// stream writes chunks as server-sent events.
type stream struct{ http.ResponseWriter }

func (s *stream) send(chunk any) {
	data, err := json.Marshal(chunk)
	if err != nil {
		panic(err)
	}
	s.Header().Set("Content-Type", "text/event-stream")
	_, _ = fmt.Fprintf(s, "data: %s\r\n\r\n", data)
	s.ResponseWriter.(http.Flusher).Flush()
}
