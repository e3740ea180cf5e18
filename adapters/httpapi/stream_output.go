package httpapi

import (
	"fmt"
	"net"
	"net/http"
	"time"
)

// streamOutput is where a stream goes.
type streamOutput interface {
	// write sends text. It fails with os.ErrDeadlineExceeded when the client does not read it
	// within the timeout, and with another error when the client has disconnected.
	write(text string, timeout time.Duration) error
	// close ends the response.
	close()
}

// responseOutput is a response that the server ends.
type responseOutput struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

func newResponseOutput(w http.ResponseWriter) responseOutput {
	return responseOutput{w, http.NewResponseController(w)}
}

func (o responseOutput) write(text string, timeout time.Duration) error {
	_ = o.rc.SetWriteDeadline(time.Now().Add(timeout)) // not every server of a test has deadlines
	if _, err := o.w.Write([]byte(text)); err != nil {
		return err
	}
	return o.rc.Flush()
}

func (responseOutput) close() {}

// connOutput is a connection that was taken over from net/http after the headers.
type connOutput struct {
	conn    net.Conn
	chunked bool // whether the body is chunked (RFC 9112, section 7.1); else it ends with the connection
	broken  bool // whether a write has failed
}

func newConnOutput(conn net.Conn, r *http.Request) *connOutput {
	return &connOutput{conn: conn, chunked: r.ProtoAtLeast(1, 1)}
}

func (o *connOutput) write(text string, timeout time.Duration) error {
	if o.chunked {
		text = fmt.Sprintf("%x\r\n%s\r\n", len(text), text)
	}
	_ = o.conn.SetWriteDeadline(time.Now().Add(timeout)) // fails only when Write fails, too
	_, err := o.conn.Write([]byte(text))
	o.broken = o.broken || err != nil
	return err
}

// close sends the end of the body, so that a proxy knows that the response is complete.
func (o *connOutput) close() {
	if o.chunked && !o.broken {
		_ = o.conn.SetWriteDeadline(time.Now().Add(lastChunkTimeout))
		_, _ = o.conn.Write([]byte("0\r\n\r\n"))
	}
	_ = o.conn.Close()
}

// lastChunkTimeout is how long close waits for a client that does not read.
const lastChunkTimeout = 100 * time.Millisecond

// waitClosed returns when the client has disconnected, or when the connection was closed. It
// ignores what the client sends.
func (o *connOutput) waitClosed() {
	ignored := make([]byte, 64)
	for {
		if _, err := o.conn.Read(ignored); err != nil {
			return
		}
	}
}
