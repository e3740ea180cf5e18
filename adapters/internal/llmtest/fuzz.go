package llmtest

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/kuvaka-tech/parley/core/reply"
)

// RoundTripper is an http.RoundTripper without a network.
type RoundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f RoundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// FuzzAnswer sends arbitrary responses to the adapter. For each of them the
// adapter must return either an answer with text or a *reply.Failure, and must
// not panic. The seeds of f are a status and a body: f.Add(200, "data: {}\n\n").
func FuzzAnswer(f *testing.F, p Provider) {
	f.Fuzz(func(t *testing.T, status int, body string) {
		llm, err := p.NewLLM("http://127.0.0.1", RoundTripper(func(r *http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: status,
				Header:     http.Header{},
				Body:       io.NopCloser(strings.NewReader(body)),
				Request:    r,
			}, nil
		}))
		if err != nil {
			t.Fatalf("creating the adapter: %v", err)
		}
		text := ""
		usage, err := llm.Answer(t.Context(), Question, func(delta string) error {
			text += delta
			return nil
		})
		var failure *reply.Failure
		switch {
		case err == nil && (text == "" || !utf8.ValidString(text)):
			t.Errorf("Answer emitted %q without an error, want a text in UTF-8", text)
		case err != nil && !errors.As(err, &failure):
			t.Errorf("Answer returned %T %v, want a *reply.Failure", err, err)
		case failure != nil && failure.RetryAfter < 0:
			t.Errorf("RetryAfter = %s, want no negative wait", failure.RetryAfter)
		case usage.In < 0 || usage.Out < 0:
			t.Errorf("usage = %+v, want no negative counts", usage)
		}
	})
}
