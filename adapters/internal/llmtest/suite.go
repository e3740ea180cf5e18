package llmtest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// Test tests the adapter with the contract of ports.LLM and with the cases that
// all HTTP adapters share.
func Test(t *testing.T, p Provider) {
	t.Run("contract", func(t *testing.T) {
		portstest.LLM(t, func(t *testing.T, s portstest.LLMScript) ports.LLM { return Connect(t, p, Serve(t, p, s)) })
	})
	t.Run("emits a delta before the next one arrives", func(t *testing.T) { testDeltas(t, p) })
	t.Run("does not log the text when the connection breaks", func(t *testing.T) { testBrokenConnection(t, p) })
	t.Run("does not follow a redirect", func(t *testing.T) { testRedirect(t, p) })
	t.Run("reports a refused connection", func(t *testing.T) { testConnectionRefused(t, p) })
	t.Run("reads the Retry-After header", func(t *testing.T) { testRetryAfter(t, p) })
	t.Run("classifies responses of proxies", func(t *testing.T) { TestFailures(t, p, proxyResponses) })
	t.Run("rejects malformed streams", func(t *testing.T) { TestMalformedStreams(t, p, malformedStreams) })
}

// testDeltas uses a server that sends the second delta only after the adapter has emitted the first one.
func testDeltas(t *testing.T, p Provider) {
	first := make(chan struct{})
	llm := Connect(t, p, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s := NewStream(w)
		p.WriteStream(s, portstest.LLMResponse{Deltas: []string{"one "}, End: portstest.LLMUnfinished}, Question)
		select {
		case <-first:
		case <-time.After(10 * time.Second):
			t.Error("the adapter did not emit the first delta while the server waited")
		}
		p.WriteStream(s, portstest.LLMResponse{Deltas: []string{"two"}}, Question)
	}))
	var text string
	_, err := llm.Answer(t.Context(), Question, func(delta string) error {
		text += delta
		if text == "one " {
			close(first)
		}
		return nil
	})
	if err != nil || text != "one two" {
		t.Errorf("Answer emitted %q and returned %v, want both deltas", text, err)
	}
}

// testBrokenConnection relies on Ask, which checks the log.
func testBrokenConnection(t *testing.T, p Provider) {
	script := Always(portstest.LLMResponse{Deltas: []string{Canary}, End: portstest.LLMDisconnects})
	Ask(t, Connect(t, p, Serve(t, p, script))).WantFailure(t, Unavailable)
}

// testRedirect fails if the adapter sends the key and the prompt to another server.
func testRedirect(t *testing.T, p Provider) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the adapter followed the redirect with the header %v", r.Header)
	}))
	defer other.Close()
	llm := Connect(t, p, Respond(http.StatusTemporaryRedirect, http.Header{"Location": {other.URL}}, ""))
	Ask(t, llm).WantFailure(t, Misconfigured)
}

func testConnectionRefused(t *testing.T, p Provider) {
	server := httptest.NewServer(nil)
	server.Close()
	r := Ask(t, newLLM(t, p, server.URL))
	r.WantFailure(t, Unavailable)
	if r.Err == nil || !strings.Contains(r.Err.Error(), "connection refused") {
		t.Errorf("Answer failed with %v, want an error that says that the connection was refused", r.Err)
	}
}

func testRetryAfter(t *testing.T, p Provider) {
	for value, wait := range map[string]time.Duration{
		"7":                             7 * time.Second,
		"Sun, 01 Mar 2026 12:01:30 GMT": 90 * time.Second,
		"Sun, 01 Mar 2026 11:00:00 GMT": 0,
		"soon":                          0,
		"99999999999999999999":          (1<<31 - 1) * time.Second,
	} {
		t.Run(value, func(t *testing.T) {
			header := http.Header{"Retry-After": {value}, "Date": {"Sun, 01 Mar 2026 12:00:00 GMT"}}
			want := Unavailable
			want.RetryAfter = wait
			Ask(t, Connect(t, p, Respond(http.StatusTooManyRequests, header, ""))).WantFailure(t, want)
		})
	}
}
