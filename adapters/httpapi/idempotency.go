package httpapi

import (
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
)

// Resolve reads the Idempotency-Key itself: huma takes an empty header for none,
// and a client that sends one would believe to be protected.
func (in *sendIn) Resolve(ctx huma.Context) []error {
	r, _ := humachi.Unwrap(ctx)
	switch values := r.Header.Values("Idempotency-Key"); len(values) {
	case 0:
	case 1:
		in.key = &values[0]
	default:
		return []error{&huma.ErrorDetail{Location: "header.Idempotency-Key", Message: "must be given once"}}
	}
	return nil
}

// header is the same for a refusal, which huma does not write.
func (b BudgetHeaders) header() http.Header {
	h := http.Header{}
	for name, n := range map[string]*int{"RateLimit-Limit": b.Limit, "RateLimit-Remaining": b.Remaining, "RateLimit-Reset": b.Reset} {
		if n != nil {
			h.Set(name, strconv.Itoa(*n))
		}
	}
	return h
}
