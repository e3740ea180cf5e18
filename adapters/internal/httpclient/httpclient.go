// Package httpclient helps adapters to call a vendor's HTTP API.
//
//   - New returns the http.Client to give to the vendor's SDK. It does not follow
//     redirects, and it limits the size of response bodies.
//   - RetryAfter reads how long the vendor asks the caller to wait.
//   - SafeCause makes an error safe to log: it drops URLs, keys and texts.
//   - Error describes an unusable response in the adapter's own words.
//
// The package imports only the standard library.
package httpclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// New returns a client that sends requests through transport. If transport is
// nil, New creates one.
//
// The client returns a redirect as the response and does not follow it, because
// the next request would send the API key and the text to another address.
//
// The client limits how much of a response body can be read: 1 MiB for a status
// of 300 or above, 64 MiB for any other. Reading more fails with an Error. Without
// the limit, an SDK would read an endless body without line breaks into memory.
func New(transport http.RoundTripper) *http.Client {
	if transport == nil {
		transport = newTransport()
	}
	return &http.Client{
		Transport:     boundedTransport{transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// newTransport returns a transport for hundreds of concurrent requests. Many
// requests share one HTTP/2 connection. The transport pings a connection that is
// silent for 15 s. If the connection is dead, the transport closes it, so that the
// requests on it fail early.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 256,
		IdleConnTimeout:     90 * time.Second,
		HTTP2:               &http.HTTP2Config{SendPingTimeout: 15 * time.Second},
	}
}

// RetryAfter returns the wait that the Retry-After header asks for (RFC 9110,
// section 10.2.3). The header holds seconds or a date. RetryAfter compares a
// date with the server's Date header, not with the local clock. It returns 0 if
// the wait is missing, invalid or in the past, and if a date comes without a
// valid Date header.
func RetryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	seconds, err := strconv.ParseUint(value, 10, 31)
	if err == nil || errors.Is(err, strconv.ErrRange) { // on ErrRange, seconds is the largest 31-bit number
		return time.Duration(seconds) * time.Second
	}
	until, err := http.ParseTime(value)
	now, errNow := http.ParseTime(h.Get("Date"))
	if err != nil || errNow != nil {
		return 0
	}
	return max(0, until.Sub(now))
}

// Error says why a response cannot be used. It is safe to log: its text is written by
// an adapter and never quotes the request or the response.
type Error string

// Error returns "no valid response: " and the reason.
func (e Error) Error() string { return "no valid response: " + string(e) }

// SafeCause returns the part of err that is safe to log. Errors of net/http
// contain the URL; errors of SDKs can contain the request and the response.
// SafeCause looks for the following errors in err's chain, in this order, and
// returns the first that it finds:
//
//   - context.Canceled or context.DeadlineExceeded
//   - an Error
//   - a *net.OpError, such as "connection refused"
//   - io.EOF or io.ErrUnexpectedEOF, returned as an Error about a closed connection
//
// Otherwise it returns an Error with only the type name of the innermost error.
func SafeCause(err error) error {
	for _, done := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, done) {
			return done
		}
	}
	var own Error
	var op *net.OpError
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &op):
		return op
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Error("the connection was closed")
	}
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return Error(fmt.Sprintf("%T", err))
}
