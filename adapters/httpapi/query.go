package httpapi

import (
	"net/url"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/kuvaka-tech/parley/core/fault"
)

// wholeQuery refuses a query that cannot be read, and a parameter without a
// value: huma takes both for parameters left out.
func wholeQuery(ctx huma.Context, next func(huma.Context)) {
	r, w := humachi.Unwrap(ctx)
	if err := checkQuery(r.URL.RawQuery, ctx.Operation().Parameters); err != nil {
		problem(ctx.Context(), err).write(w)
		return
	}
	next(ctx)
}

func checkQuery(raw string, params []*huma.Param) error {
	values, err := url.ParseQuery(raw)
	for _, p := range params {
		switch {
		case p.In != "query":
		case err != nil:
			return fault.Breaks("query", "must be well-formed")
		case values.Has(p.Name) && values.Get(p.Name) == "":
			return fault.Breaks(p.Name, "must not be empty")
		}
	}
	return nil
}
