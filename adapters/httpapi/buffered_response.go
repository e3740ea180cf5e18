package httpapi

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
)

const (
	// responseWriteTimeout is how long a client may block the write of a part of a response.
	responseWriteTimeout = 10 * time.Second
	// responsePart is the size of a part. A client that reads slower than a part in
	// responseWriteTimeout is disconnected.
	responsePart = 64 << 10
	// maxUncountedResponse is the size up to which a response is not in slowResponses. The send
	// buffer of a connection takes such a response, so the write does not wait for the client.
	maxUncountedResponse = 16 << 10
)

// bufferedResponse is a huma.Context that keeps the status and the body of the response.
type bufferedResponse struct {
	humaContext
	status int // 0 if middleware has written an error
	body   bytes.Buffer
}

// SetStatus implements huma.Context.
func (r *bufferedResponse) SetStatus(status int) { r.status = status }

// Status implements huma.Context.
func (r *bufferedResponse) Status() int { return r.status }

// BodyWriter implements huma.Context.
func (r *bufferedResponse) BodyWriter() io.Writer { return &r.body }

// Unwrap returns the buffered context, for humachi.Unwrap.
func (r *bufferedResponse) Unwrap() huma.Context { return r.humaContext }

// bufferResponse is the middleware of routes with long responses. It writes a response when the
// handler has returned. So what the handler has read is not in memory while a slow client reads.
func (a *API) bufferResponse(ctx huma.Context, next func(huma.Context)) {
	status, body := buffer(ctx, next)
	if status == 0 {
		return
	}
	r, w := humachi.Unwrap(ctx)
	if len(body) > maxAutomaticLength {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	ctx.SetStatus(status)
	if len(body) <= maxUncountedResponse || r.Method == http.MethodHead {
		_, _ = w.Write(body) // fails only when the client has disconnected
		return
	}
	s := &slowResponse{owner: userOf(ctx.Context()), bytes: len(body), rc: http.NewResponseController(w)}
	a.slow.add(s)
	defer a.slow.remove(s)
	if err := s.write(w, body); err != nil {
		addToLog(ctx.Context(), "ended", endOf(err).Error())
	}
}

// buffer runs the handler. Nothing else of its response stays in memory.
func buffer(ctx huma.Context, next func(huma.Context)) (status int, body []byte) {
	r := &bufferedResponse{humaContext: ctx}
	next(r)
	return r.status, r.body.Bytes()
}

// write writes the body in parts.
func (s *slowResponse) write(w io.Writer, body []byte) error {
	for part := range slices.Chunk(body, responsePart) {
		if !s.extend(responseWriteTimeout) {
			return errClientSlow
		}
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}
