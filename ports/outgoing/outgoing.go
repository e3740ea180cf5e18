// Package outgoing is what adapters that ask companies over HTTP have in common.
package outgoing

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

// Client asks through that transport, nil for one of its own. It follows no
// redirect, which would hand on the key and the text, but returns it as an answer. Of
// an answer that is refused or redirected 1 MiB can be read, of any other 64 MiB,
// and then a Flaw: SDKs read what comes, and all of it at once if it has no line ends.
func Client(transport http.RoundTripper) *http.Client {
	if transport == nil { // for hundreds of calls at once; it pings a silent connection, so that a dead one does not take them all with it
		transport = &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 256,
			IdleConnTimeout: 90 * time.Second, HTTP2: &http.HTTP2Config{SendPingTimeout: 15 * time.Second}}
	}
	return &http.Client{Transport: bounded{transport}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// RetryAfter is the wait that an answer's Retry-After asks for, in seconds or as a
// date, which is read by the server's own clock (RFC 9110, 10.2.3); 0 without one.
func RetryAfter(h http.Header) time.Duration {
	after := h.Get("Retry-After")
	n, err := strconv.ParseUint(after, 10, 31) // of a larger number the largest
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(n) * time.Second
	}
	until, err := http.ParseTime(after)
	now, errNow := http.ParseTime(h.Get("Date"))
	if err != nil || errNow != nil {
		return 0
	}
	return max(0, until.Sub(now))
}

// Flaw is what is wrong with an answer, in an adapter's own words.
type Flaw string

func (f Flaw) Error() string { return "no whole answer: " + string(f) }

// Cause is what an error of net/http or an SDK tells without a text, a key or a URL:
// that its context is over, a Flaw, a connection's own words, or the type of its first cause.
func Cause(err error) error {
	for _, over := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, over) {
			return over
		}
	}
	var own Flaw
	var op *net.OpError
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &op):
		return op
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Flaw("the connection was cut")
	}
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return Flaw(fmt.Sprintf("%T", err))
}
