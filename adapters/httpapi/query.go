package httpapi

import (
	"net/url"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/kuvaka-tech/parley/core/fault"
)

// requireValidQuery rejects a malformed query string, and parameters without a
// value. huma would treat such parameters as missing.
func requireValidQuery(ctx huma.Context, next func(huma.Context)) {
	r, _ := humachi.Unwrap(ctx)
	if err := checkQuery(r.URL.RawQuery, ctx.Operation().Parameters); err != nil {
		writeError(ctx, err)
		return
	}
	next(ctx)
}

// checkQuery fails with fault.Invalid when the query string breaks a rule of
// requireValidQuery. It ignores parameters that are not in params.
func checkQuery(rawQuery string, params []*huma.Param) error {
	if rawQuery == "" {
		return nil
	}
	values, err := url.ParseQuery(rawQuery)
	for _, p := range params {
		switch {
		case p.In != "query":
		case err != nil:
			return fault.InvalidField("query", "must be well-formed")
		case values.Has(p.Name) && values.Get(p.Name) == "":
			return fault.InvalidField(p.Name, "must not be empty")
		}
	}
	return nil
}
