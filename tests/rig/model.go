//go:build linux

package rig

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Model is a server that speaks the Gemini protocol (ai.google.dev/api/generate-content),
// with and without streaming, and counts the calls of each prompt.
type Model struct {
	*httptest.Server
	// Act decides what to do with a call. The calls of each prompt are counted from 1.
	// With nil the model answers immediately.
	Act func(prompt string, call int) Act

	mu    sync.Mutex
	calls map[string]int
	open  atomic.Int64
}

// Act is what the model does with one call.
type Act struct {
	Latency time.Duration // wait before the answer
	Until   chan struct{} // if not nil, wait until it is closed
	Status  int           // if not 0, fail with this HTTP status
	Hang    bool          // send nothing until the caller disconnects
	Says    string        // if not "", the text to send in place of Answer
	Amid    chan struct{} // if not nil, wait before the last part of the text until it is closed

	// By default, the text has two parts. With Every, each word is a part, and Every is the
	// time between two parts.
	Every time.Duration
	// OnPart, if not nil, is called immediately before each part is sent.
	OnPart func(part int)
}

// parts returns the parts of a text.
func (a Act) parts(text string) []string {
	if a.Every > 0 {
		return strings.SplitAfter(text, " ")
	}
	half := len(text) / 2
	return []string{text[:half], text[half:]}
}

// Answer returns the text that the model sends for a prompt.
func Answer(prompt string) string { return "You said: " + prompt }

// NewModel starts a model.
func NewModel(t testing.TB, act func(prompt string, call int) Act) *Model {
	m := &Model{Act: act, calls: map[string]int{}}
	m.Server = httptest.NewServer(m)
	t.Cleanup(func() {
		m.CloseClientConnections()
		m.Close()
	})
	return m
}

// Env returns the variables that make a process use the model.
func (m *Model) Env() []string {
	return []string{"GEMINI_API_KEY=key-of-a-test", "GOOGLE_GEMINI_BASE_URL=" + m.URL}
}

// Calls returns how often the model was called with a prompt.
func (m *Model) Calls(prompt string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls[prompt]
}

// Open returns the number of calls that have not ended: their callers are still connected.
func (m *Model) Open() int { return int(m.open.Load()) }

// ServeHTTP answers a call of the model.
func (m *Model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.open.Add(1)
	defer m.open.Add(-1)
	prompt, err := lastTurn(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	switch act := m.act(prompt); {
	case act.Hang:
		<-r.Context().Done()
	case !sleep(r, act.Latency) || !await(r, act.Until):
		return
	case act.Status != 0:
		w.WriteHeader(act.Status)
		fmt.Fprintf(w, `{"error":{"code":%d,"status":"A_NAME","message":"scripted"}}`, act.Status)
	default:
		send(w, r, act, cmp.Or(act.Says, Answer(prompt)))
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

// sleep waits for d. It returns false when the caller disconnects before.
func sleep(r *http.Request, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-r.Context().Done():
		return false
	}
}

// await waits until a channel is closed; it does not wait for nil. It returns false when the
// caller disconnects before.
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

// lastTurn returns the text of the last turn of the prompt.
func lastTurn(r *http.Request) (string, error) {
	var body struct{ Contents []content }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return "", err
	}
	if len(body.Contents) == 0 || len(body.Contents[len(body.Contents)-1].Parts) == 0 {
		return "", errors.New("the prompt has no turns")
	}
	return body.Contents[len(body.Contents)-1].Parts[0]["text"], nil
}
