package httpclient

import (
	"io"
	"net/http"
)

// The maximum number of bytes that can be read from a response body.
const (
	maxErrorBody   = 1 << 20  // status 300 and above
	maxSuccessBody = 64 << 20 // any other status
)

const errBodyTooLong = Error("the body is too long")

// boundedTransport limits the bodies of the responses that its RoundTripper returns.
type boundedTransport struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	limit := int64(maxSuccessBody)
	if res.StatusCode >= http.StatusMultipleChoices {
		limit = maxErrorBody
	}
	res.Body = &boundedBody{ReadCloser: res.Body, left: limit}
	return res, nil
}

// CloseIdleConnections makes http.Client.CloseIdleConnections work: the client
// looks for this method in its transport.
func (t boundedTransport) CloseIdleConnections() {
	if closer, ok := t.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}

// boundedBody fails with errBodyTooLong when the limit is reached. io.LimitReader
// returns io.EOF instead, which means that the body is complete.
type boundedBody struct {
	io.ReadCloser
	left int64 // bytes that can still be read
}

// Read implements io.Reader.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errBodyTooLong
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
