package openai

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
	f.Add(200, "data: {\"choices\":[{\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\n\ndata: [DONE]\n\n")
	f.Add(200, "data: {\"choices\":[{\"delta\":{\"refusal\":\"no\"},\"finish_reason\":\"content_filter\"}]}\r\n\r\n")
	f.Add(200, "event: x\ndata: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":\"\",\"function\":[]}],\"content\":\"\\ud800\xff\"},\"logprobs\":{\"content\":[{}]}}],\"usage\":1}\n\n")
	f.Add(200, "data: {\"error\":{\"code\":1e400,\"metadata\":{\"reasons\":[]}}}\n\n")
	f.Add(429, "{\"error\":{\"type\":\"insufficient_quota\",\"code\":[null]}}")
	f.Add(500, "<html>")
	f.Fuzz(func(t *testing.T, status int, body string) {
		llm, err := New(Config{APIKey: "k", Model: "m", Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		u, err := llm.Answer(t.Context(), chat.Prompt{Turns: []chat.Turn{{FromUser: true, Text: "?"}}}, func(d string) error { said += d; return nil })
		var fail *chat.Failure
		if err == nil && (said == "" || !utf8.ValidString(said)) || err != nil && (!errors.As(err, &fail) || fail.RetryAfter < 0) || u.In < 0 || u.Out < 0 {
			t.Errorf("%q, %+v, %v", said, u, err)
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "0", "120", "-1", "+5", "1e3", "99999999999999999999", "Sun, 01 Mar 2026 12:00:00 GMT"} {
		f.Add(s, "", "Sun, 01 Mar 2026 11:00:00 GMT")
		f.Add("7", s, "")
	}
	f.Fuzz(func(t *testing.T, after, ms, date string) {
		d := retryAfter(http.Header{"Retry-After": {after}, "Retry-After-Ms": {ms}, "Date": {date}})
		if digits := strings.Trim(ms, "0123456789") == "" && strings.Trim(ms, "0") != ""; d < 0 || digits && d == 0 {
			t.Errorf("waits %s", d)
		}
	})
}
