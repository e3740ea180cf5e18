package outgoing

import (
	"io"
	"net/http"
)

// How much of an answer can be read.
const (
	mostRefused = 1 << 20
	mostGiven   = 64 << 20
)

// errLong ends the reading of an answer that has more.
const errLong = Flaw("it is too long")

// bounded bounds what can be read of the answers that a transport brings.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	left := int64(mostGiven)
	if answer.StatusCode >= http.StatusMultipleChoices {
		left = mostRefused
	}
	answer.Body = &body{answer.Body, left}
	return answer, nil
}

// CloseIdleConnections is for http.Client's.
func (b bounded) CloseIdleConnections() {
	if t, ok := b.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

type body struct {
	io.ReadCloser
	left int64
}

func (b *body) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLong
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
