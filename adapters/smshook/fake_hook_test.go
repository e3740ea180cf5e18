package smshook_test

import (
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/smshook"
)

// fakeHook is the operator's webhook. It verifies and records each request, and
// returns chosen responses. It is a transport and a handler.
type fakeHook struct {
	mu         sync.Mutex
	received   []request
	errs       []error                             // of invalid requests
	openBodies atomic.Int32                        // response bodies that the adapter has not closed
	respond    func(n int) (*http.Response, error) // responds to the n-th request, from 1; nil responds 204
}

// ServeHTTP handles a request that came over a socket.
func (f *fakeHook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	res, _ := f.RoundTrip(r)
	res.Body.Close()
	w.WriteHeader(res.StatusCode)
}

// RoundTrip handles a request without a socket, for tests in a synctest bubble.
func (f *fakeHook) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := f.receive(r)
	if res == nil && err == nil {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	if res != nil {
		f.openBodies.Add(1)
		res.Body = trackedBody{Reader: res.Body, open: &f.openBodies}
	}
	return res, err
}

// receive records a request and returns the response to it.
func (f *fakeHook) receive(r *http.Request) (*http.Response, error) {
	parsed, err := parse(r)
	f.mu.Lock()
	if err != nil {
		f.errs = append(f.errs, err)
	}
	f.received = append(f.received, parsed)
	n, respond := len(f.received), f.respond
	f.mu.Unlock()
	if respond == nil {
		return response(http.StatusNoContent), nil
	}
	return respond(n)
}

// requests returns the requests so far.
func (f *fakeHook) requests() []request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.received)
}

// check fails the test if a request was invalid, or if a response body was not closed.
func (f *fakeHook) check(t *testing.T) {
	if err := errors.Join(f.errs...); err != nil {
		t.Errorf("invalid requests: %v", err)
	}
	if n := f.openBodies.Load(); n != 0 {
		t.Errorf("%d response bodies were not closed", n)
	}
}

// trackedBody is a response body that decrements open when it is closed.
type trackedBody struct {
	io.Reader
	open *atomic.Int32
}

func (b trackedBody) Close() error {
	b.open.Add(-1)
	return nil
}

// respondNever makes a request hang until its context ends.
func respondNever(int) (*http.Response, error) { return nil, nil }

// respondStatus responds with a status and headers: name, value, name, value.
func respondStatus(code int, headers ...string) func(int) (*http.Response, error) {
	return func(int) (*http.Response, error) { return response(code, headers...), nil }
}

// respondError fails without a response.
func respondError(err error) func(int) (*http.Response, error) {
	return func(int) (*http.Response, error) { return nil, err }
}

func response(code int, headers ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: code, Header: h, Body: io.NopCloser(strings.NewReader("canary-answer"))}
}

// clock returns the real time, or that of the synctest bubble.
type clock struct{}

func (clock) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// config returns a config whose transport is f. The test checks f when it ends.
func config(t *testing.T, f *fakeHook) smshook.Config {
	t.Cleanup(func() { f.check(t) })
	return smshook.Config{
		URL:       "https://canary-user:canary-password@hook.example/canary-path?canary-query",
		Key:       key,
		Random:    rand.Reader,
		Clock:     clock{},
		Transport: f,
	}
}

func newSender(t *testing.T, c smshook.Config) *smshook.Sender {
	t.Helper()
	s, err := smshook.New(c)
	if err != nil {
		t.Fatalf("creating the sender: %v", err)
	}
	return s
}

// newSocketSender returns a sender that calls f over a socket.
func newSocketSender(t *testing.T, f *fakeHook) *smshook.Sender {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	c := config(t, f)
	c.URL, c.Transport = server.URL, nil
	s := newSender(t, c)
	t.Cleanup(s.CloseIdleConnections)
	return s
}
