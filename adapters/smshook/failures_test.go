package smshook_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/internal/smstest"
	"github.com/kuvaka-tech/parley/core/fault"
)

// failureCase is a response of the webhook and the error that Send must return.
type failureCase struct {
	respond func(int) (*http.Response, error)
	want    smstest.Failure
}

func TestFailures(t *testing.T) {
	refused := func(contains string) smstest.Failure {
		return smstest.Failure{Kind: fault.Refused, Contains: contains}
	}
	unavailable := func(retryAfter time.Duration, contains string) smstest.Failure {
		return smstest.Failure{Kind: fault.Unavailable, RetryAfter: retryAfter, Contains: contains}
	}
	noResponse := func(contains string) smstest.Failure {
		return smstest.Failure{Kind: fault.Internal, Contains: contains}
	}
	const (
		longest = (1<<31 - 1) * time.Second
		date    = "Sat, 01 Jan 2000 00:00:00 GMT" // the webhook's clock
		later   = "Sat, 01 Jan 2000 00:00:20 GMT"
		past    = "Sat, 01 Jan 1990 00:00:00 GMT"
	)
	reset := &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	for name, c := range map[string]failureCase{
		"400":                    {respondStatus(400), refused("the sms hook answered 400")},
		"wrong key":              {respondStatus(401), refused("the sms hook answered 401")},
		"gone":                   {respondStatus(410), refused("the sms hook answered 410")},
		"redirect":               {respondStatus(307), refused("the sms hook answered 307")},
		"refused, Retry-After 7": {respondStatus(403, "Retry-After", "7"), refused("the sms hook answered 403")},
		"503":                    {respondStatus(503), unavailable(0, "the sms hook answered 503")},
		"599":                    {respondStatus(599), unavailable(0, "the sms hook answered 599")},
		"429, Retry-After 7":     {respondStatus(429, "Retry-After", "7"), unavailable(7*time.Second, "answered 429")},
		"429, Retry-After 0":     {respondStatus(429, "Retry-After", "0"), unavailable(0, "answered 429")},
		"429, Retry-After soon":  {respondStatus(429, "Retry-After", "soon"), unavailable(0, "answered 429")},
		"429, past Retry-After":  {respondStatus(429, "Retry-After", past), unavailable(0, "answered 429")},
		"429, huge Retry-After": {
			respondStatus(429, "Retry-After", "99999999999999999999"), unavailable(longest, "answered 429"),
		},
		"503, Retry-After is a date": {
			respondStatus(503, "Retry-After", later, "Date", date), unavailable(20*time.Second, "answered 503"),
		},
		"cut response":     {respondError(io.ErrUnexpectedEOF), noResponse("no valid response")},
		"unknown error":    {respondError(errors.New(smstest.Text)), noResponse("no valid response")},
		"connection reset": {respondError(reset), noResponse("the sms hook: read tcp: connection reset by peer")},
		"hanging":          {respondNever, noResponse("calling the sms hook: context deadline exceeded")},
	} {
		t.Run(name, func(t *testing.T) { synctest.Test(t, c.run) })
	}
}

func (c failureCase) run(t *testing.T) {
	f := &fakeHook{respond: c.respond}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	err := newSender(t, config(t, f)).Send(ctx, smstest.Number(t), smstest.Text)
	c.want.Check(t, err, "example")
	requests := f.requests()
	if len(requests) != 1 || requests[0].To != smstest.To || requests[0].Text != smstest.Text {
		t.Errorf("requests: %+v, want one with %q to %s", requests, smstest.Text, smstest.To)
	}
}

func TestStatus2xxIsSuccess(t *testing.T) {
	for _, code := range []int{200, 202, 204} {
		s := newSender(t, config(t, &fakeHook{respond: respondStatus(code)}))
		if err := s.Send(t.Context(), smstest.Number(t), "hello"); err != nil {
			t.Errorf("Send failed with %v after status %d, want success", err, code)
		}
	}
}

// Following a redirect would send the text and the signature to another address.
func TestRedirectsAreNotFollowed(t *testing.T) {
	followed := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		followed = followed || r.URL.Path == "/elsewhere"
		http.Redirect(w, r, "/elsewhere", http.StatusPermanentRedirect)
	}))
	c := config(t, &fakeHook{})
	c.URL, c.Transport = server.URL, nil
	s := newSender(t, c)
	err := s.Send(t.Context(), smstest.Number(t), smstest.Text)
	s.CloseIdleConnections()
	server.Close()
	if followed {
		t.Error("the adapter followed a redirect")
	}
	smstest.Failure{Kind: fault.Refused, Contains: "the sms hook answered 308"}.Check(t, err)
}

// The error for an invalid URL does not contain the URL, unlike that of net/http.
func TestInvalidURL(t *testing.T) {
	c := config(t, &fakeHook{})
	c.URL = "https://canary\x7f"
	err := newSender(t, c).Send(t.Context(), smstest.Number(t), "hello")
	smstest.Failure{Kind: fault.Internal, Contains: "the URL of the sms hook is invalid"}.Check(t, err)
}
