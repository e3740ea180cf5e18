package smshook_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
)

const canary = "canary-text 123456"

func failing(err error) func(int) (*http.Response, error) {
	return func(int) (*http.Response, error) { return nil, err }
}

// date is 20 s after now, by the hook's own clock.
const now, date = "Sat, 01 Jan 2000 00:00:00 GMT", "Sat, 01 Jan 2000 00:00:20 GMT"

var reset = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}

// What an answer, or none, means for the text, and that no error tells the text,
// the number or the address, which those of net/http do.
func TestFailures(t *testing.T) {
	const refused, unavailable, none = fault.Refused, fault.Unavailable, fault.Internal
	for name, c := range map[string]struct {
		answer func(int) (*http.Response, error)
		kind   fault.Kind
		after  time.Duration
		says   string
	}{
		"down":                {answering(503), unavailable, 0, "the hook answered 503"},
		"down, somehow":       {answering(599), unavailable, 0, "the hook answered 599"},
		"cut":                 {failing(io.ErrUnexpectedEOF), none, 0, "no whole answer"},
		"reset":               {failing(reset), none, 0, "asking the hook: read tcp: connection reset by peer"},
		"strange":             {failing(errors.New(canary)), none, 0, "no whole answer"},
		"hanging":             {hanging, none, 0, "asking the hook: context deadline exceeded"},
		"refused":             {answering(400), refused, 0, "the hook answered 400"},
		"wrong secret":        {answering(401), refused, 0, "the hook answered 401"},
		"gone":                {answering(410), refused, 0, "the hook answered 410"},
		"moved":               {answering(307), refused, 0, "the hook answered 307"},
		"busy":                {answering(429, "Retry-After", "7"), unavailable, 7 * time.Second, "the hook answered 429"},
		"busy until a date":   {answering(503, "Retry-After", date, "Date", now), unavailable, 20 * time.Second, "the hook answered 503"},
		"busy, but not long":  {answering(429, "Retry-After", "0"), unavailable, 0, "the hook answered 429"},
		"busy, it seems":      {answering(429, "Retry-After", "soon"), unavailable, 0, "the hook answered 429"},
		"busy since":          {answering(429, "Retry-After", "Sat, 01 Jan 1990 00:00:00 GMT"), unavailable, 0, "the hook answered 429"},
		"busy for ever":       {answering(429, "Retry-After", "99999999999999999999"), unavailable, (1<<31 - 1) * time.Second, "the hook answered 429"},
		"refused with a wait": {answering(403, "Retry-After", "7"), refused, 0, "the hook answered 403"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				company := &company{answer: c.answer}
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				err := open(t, config(t, company)).Send(ctx, number(t), canary)
				if f := fault.Of(err); err == nil || f.Kind != c.kind || f.RetryAfter != c.after || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%v (kind %d, after %s)", err, f.Kind, f.RetryAfter)
				}
				tells(t, err)
				if all := company.requests(); len(all) != 1 || all[0].Text != canary || all[0].To != "+15550001234" {
					t.Errorf("requests: %+v", all)
				}
			})
		})
	}
}

func tells(t *testing.T, err error) {
	t.Helper()
	for _, hidden := range []string{"canary", "123456", "5550001234", "example"} {
		if err != nil && strings.Contains(err.Error(), hidden) {
			t.Errorf("the error tells %q: %v", hidden, err)
		}
	}
}

func TestTaken(t *testing.T) {
	for _, code := range []int{200, 202, 204} {
		if err := open(t, config(t, &company{answer: answering(code)})).Send(t.Context(), number(t), "hello"); err != nil {
			t.Errorf("%d: %v", code, err)
		}
	}
}

// A redirect would hand on the text and its signature.
func TestRedirectsAreNotFollowed(t *testing.T) {
	followed := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		followed = followed || r.URL.Path == "/elsewhere"
		http.Redirect(w, r, "/elsewhere", http.StatusPermanentRedirect)
	}))
	conf := config(t, &company{})
	conf.URL, conf.Transport = server.URL, nil
	h := open(t, conf)
	err := h.Send(t.Context(), number(t), canary)
	h.CloseIdleConnections()
	server.Close()
	if followed || err == nil || !strings.Contains(err.Error(), "the hook answered 308") {
		t.Errorf("followed: %v, %v", followed, err)
	}
}

// A URL that net/http refuses is told without being shown.
func TestABrokenURLIsNotShown(t *testing.T) {
	conf := config(t, &company{})
	conf.URL = "https://canary\x7f"
	err := open(t, conf).Send(t.Context(), number(t), "hello")
	if err == nil || !strings.Contains(err.Error(), "the hook's URL is none") {
		t.Errorf("failed with %v", err)
	}
	tells(t, err)
}
