package llmtest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"testing"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// Serve returns a handler that speaks the provider's API and does what the
// script says. It fails the test if a request is invalid.
func Serve(t testing.TB, p Provider, script portstest.LLMScript) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		prompt, err := p.ParsePrompt(r)
		if err != nil {
			t.Errorf("invalid request %s %s: %v", r.Method, r.URL, err)
		}
		response := script(prompt)
		if response.Status != 0 {
			p.WriteError(w, response, prompt)
			return
		}
		p.WriteStream(NewStream(w), response, prompt)
		switch response.End {
		case portstest.LLMDisconnects:
			panic(http.ErrAbortHandler) // closes the connection
		case portstest.LLMHangs:
			<-r.Context().Done()
			response.OnDisconnect()
		}
	})
}

// Always returns a script that does the same with each prompt.
func Always(response portstest.LLMResponse) portstest.LLMScript {
	return func(chat.Prompt) portstest.LLMResponse { return response }
}

// Respond returns a handler that sends the same response to each request.
func Respond(status int, header http.Header, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		maps.Copy(w.Header(), header)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// Stream writes server-sent events
// (html.spec.whatwg.org/multipage/server-sent-events.html).
type Stream struct {
	LineEnd string // "\n" unless the provider sets another one
	w       http.ResponseWriter
}

// NewStream returns a Stream that writes to w.
func NewStream(w http.ResponseWriter) *Stream {
	w.Header().Set("Content-Type", "text/event-stream")
	return &Stream{LineEnd: "\n", w: w}
}

// SendJSON sends an event with the JSON of value as its data.
func (s *Stream) SendJSON(value any) {
	data, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	s.Send("data: " + string(data))
}

// Send sends an event, such as "data: [DONE]", or a comment, such as ": ping". It
// adds the line ends and flushes.
func (s *Stream) Send(event string) {
	_, _ = fmt.Fprint(s.w, event, s.LineEnd, s.LineEnd)
	s.w.(http.Flusher).Flush()
}
