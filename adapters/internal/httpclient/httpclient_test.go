package httpclient_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/internal/httpclient"
)

func TestRedirectIsReturned(t *testing.T) {
	server := httptest.NewServer(http.RedirectHandler("/elsewhere", http.StatusTemporaryRedirect))
	defer server.Close()
	for _, transport := range []http.RoundTripper{nil, server.Client().Transport} {
		client := httpclient.New(transport)
		res, err := client.Get(server.URL)
		if err != nil {
			t.Fatalf("GET: %v", err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusTemporaryRedirect || res.Request.URL.Path != "" {
			t.Errorf("%s returned status %d, want the redirect itself", res.Request.URL, res.StatusCode)
		}
		client.CloseIdleConnections()
	}
}

const (
	elevenOClock = "Sun, 01 Mar 2026 11:00:00 GMT"
	noon         = "Sun, 01 Mar 2026 12:00:00 GMT"
	afterNoon    = "Sun, 01 Mar 2026 12:01:30 GMT"
)

func FuzzRetryAfter(f *testing.F) {
	for _, value := range []string{"", "0", "120", "-1", "+5", "1e3", "99999999999999999999", noon} {
		f.Add(value, elevenOClock)
	}
	f.Fuzz(func(t *testing.T, value, date string) {
		d := httpclient.RetryAfter(http.Header{"Retry-After": {value}, "Date": {date}})
		if d < 0 {
			t.Errorf("RetryAfter = %s, want no negative wait", d)
		}
		digits := strings.Trim(value, "0123456789") == ""
		if digits && strings.Trim(value, "0") != "" && d == 0 {
			t.Errorf("RetryAfter = 0 for %q, want a wait for a positive number", value)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	for _, c := range []struct {
		value string
		date  string
		want  time.Duration
	}{
		{"7", noon, 7 * time.Second},
		{"0", noon, 0},
		{"-7", noon, 0},
		{"soon", noon, 0},
		{"", noon, 0},
		{"99999999999999999999", noon, (1<<31 - 1) * time.Second},
		{afterNoon, noon, 90 * time.Second},
		{elevenOClock, noon, 0},
		{noon, "", 0},
		{noon, "today", 0},
	} {
		got := httpclient.RetryAfter(http.Header{"Retry-After": {c.value}, "Date": {c.date}})
		if got != c.want {
			t.Errorf("RetryAfter(%q at %q) = %s, want %s", c.value, c.date, got, c.want)
		}
	}
}

// Each error is wrapped twice, as net/http and SDKs do it. Both wrappers quote
// the word "canary", which stands for a URL or a text.
func TestSafeCause(t *testing.T) {
	reset := &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"deadline":       {context.DeadlineExceeded, "context deadline exceeded"},
		"canceled":       {context.Canceled, "context canceled"},
		"connection":     {reset, "read tcp: connection reset by peer"},
		"end of file":    {io.EOF, "no valid response: the connection was closed"},
		"unexpected end": {io.ErrUnexpectedEOF, "no valid response: the connection was closed"},
		"own error":      {httpclient.Error("no text"), "no valid response: no text"},
		"unknown error":  {errors.New("canary"), "no valid response: *errors.errorString"},
		"unknown type":   {&http.MaxBytesError{}, "no valid response: *http.MaxBytesError"},
	} {
		wrapped := fmt.Errorf("canary: %w", &url.Error{Op: "Post", URL: "https://canary", Err: c.err})
		if got := httpclient.SafeCause(wrapped); got.Error() != c.want {
			t.Errorf("%s: SafeCause = %q, want %q", name, got, c.want)
		}
	}
	if got := httpclient.SafeCause(fmt.Errorf("canary: %w", context.Canceled)); !errors.Is(got, context.Canceled) {
		t.Errorf("SafeCause = %v, want an error that errors.Is finds to be context.Canceled", got)
	}
}
