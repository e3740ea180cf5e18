package client

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
)

// In returns a client that calls a handler without a socket. addr is the address of
// the client, "" for 192.0.2.1:1234.
func In(h http.Handler, addr string) *Client {
	if addr == "" {
		addr = "192.0.2.1:1234"
	}
	return &Client{
		send: func(r *http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, asReceived(r, addr))
			return w.Result(), nil
		},
		open: func(r *http.Request) (*http.Response, error) { return open(h, asReceived(r, addr)), nil },
	}
}

// asReceived sets the fields of a request that a server sets.
func asReceived(r *http.Request, addr string) *http.Request {
	r.RemoteAddr = addr
	r.RequestURI = r.URL.RequestURI()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	return r
}

// open calls a handler in the background. It returns when the handler has sent the
// headers. The body can be read while the handler writes it.
func open(h http.Handler, r *http.Request) *http.Response {
	w := &streamWriter{header: http.Header{}, started: make(chan *http.Response)}
	w.body.written = sync.NewCond(&w.body.mu)
	go func() {
		defer w.body.end()
		h.ServeHTTP(w, r)
		w.WriteHeader(http.StatusOK)
	}()
	return <-w.started
}

// streamWriter is the http.ResponseWriter of a response whose body can be read while it is written.
type streamWriter struct {
	header  http.Header
	once    sync.Once
	started chan *http.Response
	body    unboundedPipe
}

// Header implements http.ResponseWriter.
func (w *streamWriter) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *streamWriter) WriteHeader(status int) {
	w.once.Do(func() {
		w.started <- &http.Response{StatusCode: status, Header: w.header.Clone(), Body: &w.body}
	})
}

// Write implements http.ResponseWriter. It does not wait until the body is read.
func (w *streamWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.write(p)
}

// Flush implements http.Flusher.
func (w *streamWriter) Flush() { w.WriteHeader(http.StatusOK) }

// unboundedPipe is a pipe whose writer never waits. Its reader waits for the writer.
type unboundedPipe struct {
	mu      sync.Mutex
	written *sync.Cond
	content bytes.Buffer
	ended   bool
}

func (p *unboundedPipe) write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.written.Broadcast()
	return p.content.Write(b)
}

// end makes Read return io.EOF after the rest of the content.
func (p *unboundedPipe) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	p.written.Broadcast()
}

// Read implements io.Reader.
func (p *unboundedPipe) Read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.content.Len() == 0 {
		if p.ended {
			return 0, io.EOF
		}
		p.written.Wait()
	}
	return p.content.Read(b)
}

// Close implements io.Closer. The context of the request ends the handler.
func (p *unboundedPipe) Close() error { return nil }
