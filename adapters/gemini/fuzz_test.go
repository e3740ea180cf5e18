package gemini

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/kuvaka-tech/parley/core/chat"
)

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Whatever comes back: an answer with a text or a failure without one, and no panic.
func FuzzAnswer(f *testing.F) {
	f.Add(200, "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"hi\"}]},\"finishReason\":\"STOP\"}]}\n\n")
	f.Add(200, "data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}\r\n\r\n")
	f.Add(200, "data: {\"candidates\":[{\"citationMetadata\":[]}],\"usageMetadata\":1}\n\n")
	f.Add(200, "data: {\"error\":{\"code\":429,\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"-1h\"}]}}\n\n")
	f.Add(429, "{\"error\":{\"details\":[null]}}")
	f.Add(500, "<html>")
	f.Fuzz(func(t *testing.T, status int, body string) {
		llm, err := New(t.Context(), Config{APIKey: "k", Model: "m", Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		_, err = llm.Answer(t.Context(), chat.Prompt{Turns: []chat.Turn{{FromUser: true, Text: "?"}}}, func(d string) error { said += d; return nil })
		var fail *chat.Failure
		if err == nil && (said == "" || !utf8.ValidString(said)) || err != nil && (!errors.As(err, &fail) || fail.RetryAfter < 0) {
			t.Errorf("%q, %v", said, err)
		}
	})
}

func FuzzRetryDelay(f *testing.F) {
	for _, s := range []string{"", "34.074824224s", "0s", "-3s", "s", "315576000000s", "1h", "1e9s"} {
		f.Add("type.googleapis.com/google.rpc.RetryInfo", s)
	}
	f.Fuzz(func(t *testing.T, kind, delay string) {
		d := retryDelay([]map[string]any{nil, {"@type": kind, "retryDelay": delay}})
		if d < 0 || d > 0 && kind != "type.googleapis.com/google.rpc.RetryInfo" {
			t.Errorf("waits %s", d)
		}
	})
}
