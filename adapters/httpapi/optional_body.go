package httpapi

import (
	"bufio"
	"errors"
	"io"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
)

// optionalJSON accepts a request without a body, whatever its Content-Type is. It
// checks a request with a body like requireIdentity, requireJSON and checkJSON.
func (f nullableFields) optionalJSON(ctx huma.Context, next func(huma.Context)) {
	r, _ := humachi.Unwrap(ctx)
	buffered := bufio.NewReader(r.Body)
	if _, err := buffered.Peek(1); errors.Is(err, io.EOF) {
		next(contextWithBody{ctx, nil})
		return
	}
	r.Body = peekedBody{buffered, r.Body}
	requireIdentity(ctx, func(ctx huma.Context) {
		requireJSON(ctx, func(ctx huma.Context) { readBodyWith(f.checkJSON)(ctx, next) })
	})
}

// peekedBody reads from the buffer and closes the original body.
type peekedBody struct {
	io.Reader
	io.Closer
}
