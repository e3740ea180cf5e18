package outgoing_test

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

	"github.com/kuvaka-tech/parley/ports/outgoing"
)

func TestRedirectsAreAnswers(t *testing.T) {
	server := httptest.NewServer(http.RedirectHandler("/elsewhere", http.StatusTemporaryRedirect))
	defer server.Close()
	for _, transport := range []http.RoundTripper{nil, server.Client().Transport} {
		client := outgoing.Client(transport)
		res, err := client.Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		if res.Body.Close(); res.StatusCode != http.StatusTemporaryRedirect || res.Request.URL.Path != "" {
			t.Errorf("%s answered %d", res.Request.URL, res.StatusCode)
		}
		client.CloseIdleConnections()
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "0", "120", "-1", "+5", "1e3", "99999999999999999999", "Sun, 01 Mar 2026 12:00:00 GMT"} {
		f.Add(s, "Sun, 01 Mar 2026 11:00:00 GMT")
	}
	f.Fuzz(func(t *testing.T, after, date string) {
		d := outgoing.RetryAfter(http.Header{"Retry-After": {after}, "Date": {date}})
		if digits := strings.Trim(after, "0123456789") == "" && strings.Trim(after, "0") != ""; d < 0 || digits && d == 0 {
			t.Errorf("waits %s", d)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	const noon = "Sun, 01 Mar 2026 12:00:00 GMT"
	for _, c := range []struct {
		after, date string
		want        time.Duration
	}{
		{"7", noon, 7 * time.Second}, {"0", noon, 0}, {"-7", noon, 0}, {"soon", noon, 0}, {"", noon, 0}, {"99999999999999999999", noon, (1<<31 - 1) * time.Second},
		{"Sun, 01 Mar 2026 12:01:30 GMT", noon, 90 * time.Second}, {"Sun, 01 Mar 2026 11:00:00 GMT", noon, 0}, {noon, "", 0}, {noon, "today", 0},
	} {
		if got := outgoing.RetryAfter(http.Header{"Retry-After": {c.after}, "Date": {c.date}}); got != c.want {
			t.Errorf("%s at %s: %s, want %s", c.after, c.date, got, c.want)
		}
	}
}

// What net/http returns holds the URL; what SDKs return holds what was asked and answered.
func TestCause(t *testing.T) {
	reset := &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	for want, err := range map[string]error{
		"context deadline exceeded":                context.DeadlineExceeded,
		"context canceled":                         context.Canceled,
		"read tcp: connection reset by peer":       reset,
		"no whole answer: the connection was cut":  io.ErrUnexpectedEOF,
		"no whole answer: it ends":                 outgoing.Flaw("it ends"),
		"no whole answer: *errors.errorString":     errors.New("canary"),
		"no whole answer: *http.MaxBytesError":     &http.MaxBytesError{},
		"no whole answer: the connection was cut ": io.EOF,
	} {
		got := outgoing.Cause(fmt.Errorf("canary: %w", &url.Error{Op: "Post", URL: "https://canary", Err: err}))
		if got.Error() != strings.TrimSpace(want) {
			t.Errorf("%v became %v, want %s", err, got, want)
		}
	}
	if got := outgoing.Cause(fmt.Errorf("canary: %w", context.Canceled)); !errors.Is(got, context.Canceled) {
		t.Errorf("%v is not over", got)
	}
}
