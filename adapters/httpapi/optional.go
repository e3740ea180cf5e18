package httpapi

import (
	"bufio"
	"errors"
	"io"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
)

// maybeJSON lets a request without a body through, whatever it says of one, and
// judges one with a body as onlyJSON and gate do.
func maybeJSON(ctx huma.Context, next func(huma.Context)) {
	r, _ := humachi.Unwrap(ctx)
	body := bufio.NewReader(r.Body)
	if _, err := body.Peek(1); errors.Is(err, io.EOF) {
		next(bodied{ctx, nil})
		return
	}
	r.Body = peeked{body, r.Body}
	onlyJSON(ctx, func(ctx huma.Context) { gate(jsonBody)(ctx, next) })
}

// peeked is a body that was looked into.
type peeked struct {
	io.Reader
	io.Closer
}
