package httpapi

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/session"
)

const (
	eventStreamType = "text/event-stream"

	// streamWriteTimeout is how long a client may block a write before its stream is cut. It
	// resumes with its last event id.
	streamWriteTimeout = 10 * time.Second
	// reconnectAfter is how long a client waits before it reconnects.
	reconnectAfter = "retry: 1000\n\n"
)

// updates are the updates of a stream.
type updates = iter.Seq2[talk.Update, error]

// Why a stream has ended. The causes of its context, and attributes of its log line.
var (
	errStreamDone   = errors.New("complete")
	errClientGone   = errors.New("client disconnected")
	errClientSlow   = errors.New("client too slow")
	errSessionEnded = errors.New("session ended")
	errDraining     = errors.New("server is stopping")
	errStoreFailed  = errors.New("store failed")
	errPanicked     = errors.New("panic")
)

// eventStream writes the events of one response.
type eventStream struct {
	api     *API
	access  session.Access
	watch   func(context.Context) updates
	eventID func(talk.Update) string
	end     context.CancelCauseFunc // ends the context of the stream
	began   time.Time
	attrs   []any // of the log line

	mu        sync.Mutex // of the updates and the pings
	out       streamOutput
	lastWrite time.Time
	events    int // events without pings
	closed    bool
}

// eventStream returns a function that writes the updates of a stream until the client
// disconnects or is too slow, the session ends, or the server drains. eventID returns the
// id of an event. A HEAD request gets only the headers.
func (a *API) eventStream(
	watch func(context.Context) updates, eventID func(talk.Update) string,
) func(huma.Context) {
	return func(hctx huma.Context) {
		r, _ := humachi.Unwrap(hctx)
		s := a.newStream(hctx.Context(), routeOf(r))
		s.watch = watch
		s.eventID = eventID
		s.respond(hctx)
	}
}

// respond sends the headers and takes the connection over from net/http. The handler then
// returns, and the stream continues in the background. A handler that waits for events would
// need three times the memory, because net/http keeps the request, its buffers and the stack of
// all middleware.
func (s *eventStream) respond(hctx huma.Context) {
	r, w := humachi.Unwrap(hctx)
	h := w.Header()
	h.Set("Content-Type", eventStreamType)
	h.Set("X-Accel-Buffering", "no")
	hijacker, isConn := w.(http.Hijacker)
	if isConn {
		h.Set("Connection", "close") // the stream is the last response on the connection
	}
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return
	}
	if !isConn { // a test without sockets
		s.out = newResponseOutput(w)
		s.run(hctx.Context())
		return
	}
	conn, _, err := hijacker.Hijack() // sends the headers
	if err != nil {
		addWarning(hctx.Context(), "stream_err", err)
		return
	}
	s.detach(newConnOutput(conn, r))
}

// newStream returns a stream without output, for a request on a route.
func (a *API) newStream(ctx context.Context, route string) *eventStream {
	entry := logEntryOf(ctx)
	return &eventStream{
		api:    a,
		access: accessOf(ctx),
		began:  time.Now(),
		attrs:  slices.Concat([]any{"request_id", entry.requestID, "route", route}, entry.attrs),
	}
}

// detach runs the stream in the background, on a connection that net/http does not use any
// more. Nothing of the request stays in memory.
func (s *eventStream) detach(c *connOutput) {
	ctx, end := context.WithCancelCause(context.Background())
	s.out = c
	go func() {
		c.waitClosed()
		end(errClientGone)
	}()
	go s.run(ctx)
}

// run writes updates until they or ctx end, and logs why the stream has ended.
func (s *eventStream) run(ctx context.Context) {
	s.api.config.OnStream(1)
	defer s.api.config.OnStream(-1)
	ctx, s.end = context.WithCancelCause(ctx)
	open := s.api.streams.add(s)
	if open {
		defer s.api.streams.remove(s)
	}
	reason := errDraining
	defer func() { s.close(reason, recover()) }()
	if open {
		reason = errPanicked // unless writeAll returns
		reason = s.writeAll(ctx)
	}
}

// close ends the response and logs why. panicked is what recover has returned: only its type
// is logged, because the value may contain anything.
func (s *eventStream) close(reason error, panicked any) {
	s.end(reason)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.out.close()
	level := slog.LevelInfo
	attrs := append(s.attrs, "events", s.events, "ended", reason.Error(), "took_ms", time.Since(s.began).Milliseconds())
	if panicked != nil {
		level = slog.LevelError
		attrs = append(attrs, "err", fmt.Sprintf("panic of type %T", panicked), "stack", string(debug.Stack()))
	}
	s.api.config.Log.Log(context.Background(), level, "stream ended", attrs...)
}

// writeAll writes updates until they or ctx end, and returns why they have ended.
func (s *eventStream) writeAll(ctx context.Context) error {
	s.begin()
	for u, err := range s.watch(ctx) {
		if err != nil {
			s.attrs = append(s.attrs, "err", err)
			return errStoreFailed
		}
		if ctx.Err() != nil || !s.write(u) {
			break
		}
	}
	switch cause := context.Cause(ctx); {
	case cause == nil:
		return errStreamDone
	case errors.Is(cause, context.Canceled):
		return errClientGone
	default:
		return cause
	}
}

// begin writes the first bytes, so that the client knows that it is connected.
func (s *eventStream) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.send(reconnectAfter, streamWriteTimeout)
}

// write writes the event of an update. It returns false when the stream has ended.
func (s *eventStream) write(u talk.Update) bool {
	text := eventOf(u).encode(s.eventID(u))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events++
	return s.send(text, streamWriteTimeout)
}

// pingIfIdle writes a ping if nothing was written for pingEvery.
func (s *eventStream) pingIfIdle() {
	if !s.mu.TryLock() { // an event is being written
		return
	}
	defer s.mu.Unlock()
	if !s.closed && time.Since(s.lastWrite) >= pingEvery {
		s.send("event: ping\ndata: {}\n\n", pingTimeout)
	}
}

// send sends text. It ends the stream and returns false when the client does not read it in
// time. The caller holds the lock.
func (s *eventStream) send(text string, timeout time.Duration) bool {
	s.lastWrite = time.Now()
	err := s.out.write(text, timeout)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		s.end(errClientSlow)
	case err != nil:
		s.end(errClientGone)
	}
	return err == nil
}
