package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/kuvaka-tech/parley/tests/client"
)

// streamRequest is a request for a stream of events.
type streamRequest struct {
	method, target string
	body           any
	headers        map[string]string
	lasts          time.Duration // until the client disconnects
	onEvent        func(event) (goOn bool)
}

// event is one server-sent event. It has no name if it only tells the position.
type event struct{ id, name, data string }

// connection is the client's side of a stream. It implements http.ResponseWriter and
// http.Flusher. The client reads each event when it is written.
type connection struct {
	streamRequest
	p          *process
	header     http.Header
	status     int
	body       bytes.Buffer // unless the response is a stream
	unread     string       // the beginning of an event
	opened     bool
	disconnect context.CancelFunc
	closed     bool // the client does not read any more
}

var errClosed = errors.New("sim: the client has disconnected")

// stream sends a request to a running process and reads its events until the stream ends or the
// client disconnects. ok is false when there was no response.
func (w *world) stream(ctx context.Context, u *person, s streamRequest) (r client.Response, ok bool) {
	p := w.someProcess()
	if p == nil {
		return client.Response{}, false
	}
	ctx, disconnect := context.WithTimeout(ctx, s.lasts)
	defer disconnect()
	defer context.AfterFunc(p.life, disconnect)()
	c := &connection{
		streamRequest: s,
		p:             p,
		header:        http.Header{},
		disconnect:    disconnect,
	}
	request := s.newRequest(ctx, u)
	w.note(fmt.Sprintf("p%d %s %s %v", p.n, s.method, s.target, s.headers))
	p.app.ServeHTTP(c, request)
	r = client.Response{Status: c.status, Header: c.header, Body: c.body.Bytes()}
	return r, c.status != 0 && !(p.hasCrashed() && !c.opened)
}

func (s streamRequest) newRequest(ctx context.Context, u *person) *http.Request {
	var body io.Reader = http.NoBody
	if s.body != nil {
		raw, _ := json.Marshal(s.body)
		body = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(ctx, s.method, "http://localhost"+s.target, body)
	if err != nil {
		u.w.violate("%s %s: %v", s.method, s.target, err)
	}
	r.RequestURI = r.URL.RequestURI()
	r.RemoteAddr = "192.0.2.1:1234"
	r.Header.Set("Authorization", "Bearer "+u.token)
	r.Header.Set("X-Forwarded-For", u.address())
	r.Header.Set("Accept", "text/event-stream")
	if s.body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range s.headers {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	return r
}

// Header implements http.ResponseWriter.
func (c *connection) Header() http.Header { return c.header }

// WriteHeader implements http.ResponseWriter.
func (c *connection) WriteHeader(status int) { c.status = status }

// Flush implements http.Flusher.
func (c *connection) Flush() {}

// Write implements http.ResponseWriter. A client that is too slow gets a part of the text.
func (c *connection) Write(b []byte) (int, error) {
	w := c.p.w
	switch {
	case c.closed || c.p.hasCrashed():
		return 0, errClosed
	case c.header.Get("Content-Type") != "text/event-stream":
		return c.body.Write(b)
	case w.chance(2):
		w.record(c.p, c.target, " has a slow client")
		w.count("slow clients")
		c.read(string(b[:w.upTo(time.Duration(len(b)))]))
		c.closed = true
		return 0, os.ErrDeadlineExceeded
	}
	c.read(string(b))
	return len(b), nil
}

// read reads the complete events.
func (c *connection) read(text string) {
	c.opened = true
	c.unread += text
	for !c.closed {
		lines, rest, found := strings.Cut(c.unread, "\n\n")
		if !found {
			return
		}
		c.unread = rest
		e := parse(lines)
		if e.id != "" && !c.onEvent(e) {
			c.closed = true
			c.disconnect()
		}
	}
}

// parse parses one event. It returns one without an id for a ping, and for lines that are not
// an event.
func parse(lines string) event {
	var e event
	for line := range strings.SplitSeq(lines, "\n") {
		field, value, _ := strings.Cut(line, ": ")
		switch field {
		case "id":
			e.id = value
		case "event":
			e.name = value
		case "data":
			e.data = value
		}
	}
	return e
}
