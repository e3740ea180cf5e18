package client

import (
	"context"
	"fmt"
	"net/http"
)

// Stream is an open response of server-sent events.
type Stream struct {
	Status   int
	Header   http.Header
	request  *http.Request
	response *http.Response
	events   *eventReader
	cancel   func()
}

// Open sends a request as Call does and returns its response as a stream, whatever its
// status is. The end of ctx disconnects the client.
func (c *Client) Open(
	ctx context.Context, method, path string, body any, headers ...string,
) (*Stream, error) {
	r, err := c.newRequest(ctx, method, path, body, headers)
	if err != nil {
		return nil, err
	}
	return c.OpenRequest(r)
}

// OpenRequest sends a request without changes, as Do does, and returns its response as a
// stream. The end of the request's context disconnects the client.
func (c *Client) OpenRequest(r *http.Request) (*Stream, error) {
	ctx, cancel := context.WithCancel(r.Context())
	r = r.WithContext(ctx)
	res, err := c.open(r)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("%s %s: %w", r.Method, r.URL.Path, err)
	}
	return StreamOf(r, res, cancel), nil
}

// StreamOf returns the response to a request as a stream. Close calls disconnect.
func StreamOf(r *http.Request, res *http.Response, disconnect func()) *Stream {
	return &Stream{
		Status:   res.StatusCode,
		Header:   res.Header,
		request:  r,
		response: res,
		events:   newEventReader(res.Body),
		cancel:   disconnect,
	}
}

// HasEvents reports whether the response is one of events, and not an error.
func (s *Stream) HasEvents() bool {
	return s.Status == http.StatusOK && s.Header.Get("Content-Type") == eventStream
}

const eventStream = "text/event-stream"

// Response reads the rest of the body. It is for a response without events. In process, it
// may follow Close: then it returns when the handler has returned.
func (s *Stream) Response() (Response, error) { return readAll(s.request, s.response) }

// WaitBegan waits until the server has sent the position at which the stream begins. The
// client then misses no change that follows.
func (s *Stream) WaitBegan() error { return s.events.waitID() }

// Next waits for the next event. It returns io.EOF when the server has ended the stream.
func (s *Stream) Next() (Event, error) { return s.events.next() }

// LastID returns the id with which a client continues after the last event.
func (s *Stream) LastID() string { return s.events.lastID }

// Retry returns the last value of the field retry, "" for none.
func (s *Stream) Retry() string { return s.events.retry }

// Close disconnects the client. Next fails from then on, or returns what has already arrived.
func (s *Stream) Close() {
	s.cancel()
	_ = s.response.Body.Close()
}
