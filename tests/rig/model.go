//go:build linux

package rig

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// Model is a server that speaks the Gemini protocol (ai.google.dev/api/generate-content)
// and counts how often each prompt was asked.
type Model struct {
	*httptest.Server
	Act   func(prompt string, call int) Act // what to do with a prompt's call, counted from 1; nil answers at once
	mu    sync.Mutex
	calls map[string]int
}

// Act is what the model does with one call.
type Act struct {
	Latency time.Duration // before it answers
	Until   chan struct{} // is waited for, too, to be closed
	Status  int           // refuses with it, unless it is 0
	Hang    bool          // says nothing until the caller leaves
	Says    string        // in place of Answer, unless it is ""
	Amid    chan struct{} // is waited for in the middle of what it says
}

// Answer is what the model says to a prompt.
func Answer(prompt string) string { return "You said: " + prompt }

// NewModel starts one.
func NewModel(t testing.TB, act func(prompt string, call int) Act) *Model {
	m := &Model{Act: act, calls: map[string]int{}}
	m.Server = httptest.NewServer(m)
	t.Cleanup(func() { m.CloseClientConnections(); m.Close() })
	return m
}

// Env are the variables that make a process ask the model.
func (m *Model) Env() []string {
	return []string{"GEMINI_API_KEY=key-of-a-test", "GOOGLE_GEMINI_BASE_URL=" + m.URL}
}

// Calls is how often a prompt was asked.
func (m *Model) Calls(prompt string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls[prompt]
}

func (m *Model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	prompt, err := lastTurn(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	switch act := m.act(prompt); {
	case act.Hang:
		<-r.Context().Done()
	case !rest(r, act.Latency) || !await(r, act.Until):
	case act.Status != 0:
		w.WriteHeader(act.Status)
		fmt.Fprintf(w, `{"error":{"code":%d,"status":"A_NAME","message":"as told"}}`, act.Status)
	default:
		say(w, r, cmp.Or(act.Says, Answer(prompt)), act.Amid)
	}
}

func (m *Model) act(prompt string) Act {
	m.mu.Lock()
	m.calls[prompt]++
	call := m.calls[prompt]
	m.mu.Unlock()
	if m.Act == nil {
		return Act{}
	}
	return m.Act(prompt, call)
}

// rest is false when the caller leaves before.
func rest(r *http.Request, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-r.Context().Done():
		return false
	}
}

// await is false when the caller leaves before. A nil channel is none to wait for.
func await(r *http.Request, closed chan struct{}) bool {
	if closed == nil {
		return true
	}
	select {
	case <-closed:
		return true
	case <-r.Context().Done():
		return false
	}
}

type content struct {
	Role  string              `json:"role"`
	Parts []map[string]string `json:"parts"`
}

func lastTurn(r *http.Request) (string, error) {
	var body struct{ Contents []content }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return "", err
	}
	if len(body.Contents) == 0 || len(body.Contents[len(body.Contents)-1].Parts) == 0 {
		return "", fmt.Errorf("a prompt of no turns")
	}
	return body.Contents[len(body.Contents)-1].Parts[0]["text"], nil
}

// say streams a text in two chunks.
func say(w http.ResponseWriter, r *http.Request, text string, amid chan struct{}) {
	w.Header().Set("Content-Type", "text/event-stream")
	half := len(text) / 2
	for i, part := range []string{text[:half], text[half:]} {
		candidate := map[string]any{"index": 0, "content": content{"model", []map[string]string{{"text": part}}}}
		if i == 1 {
			candidate["finishReason"] = "STOP"
		}
		chunk, _ := json.Marshal(map[string]any{"candidates": []any{candidate}, "usageMetadata": map[string]int{"promptTokenCount": 1, "candidatesTokenCount": 1}})
		fmt.Fprintf(w, "data: %s\r\n\r\n", chunk)
		if flushed := http.NewResponseController(w).Flush(); flushed != nil || i == 0 && !await(r, amid) {
			return
		}
	}
}
