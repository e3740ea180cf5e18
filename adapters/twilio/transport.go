package twilio

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/kuvaka-tech/parley/adapters/internal/httpclient"
)

// maxBody is how much of a response transport reads, in bytes.
const maxBody = 64 << 10

// transport is the http.RoundTripper of one request. It adds what the SDK lacks:
// a context and another base URL. It also records the status and the Retry-After
// header, which the SDK does not return.
type transport struct {
	ctx        context.Context
	base       *url.URL // replaces the base of the SDK's URL, if it has a host
	next       http.RoundTripper
	status     int // 0 without a response
	retryAfter time.Duration
}

// RoundTrip implements http.RoundTripper. It reads the response body, up to maxBody
// bytes, before it returns. The SDK does not read the body of an error to the end, so the
// connection could not be reused.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(t.ctx)
	if t.base.Host != "" {
		r.Host = t.base.Host
		r.URL.Host = t.base.Host
		r.URL.Scheme = t.base.Scheme
		r.URL.Path = strings.TrimSuffix(t.base.Path, "/") + r.URL.Path
	}
	res, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	t.status = res.StatusCode
	t.retryAfter = httpclient.RetryAfter(res.Header)
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}
