package httpapi

import (
	"context"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/kuvaka-tech/parley/app/login"
	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/session"
)

// route declares an operation: its documentation and the checks before its handler.
type route struct {
	method    string
	path      string
	status    int // of a response without an error
	tag       string
	summary   string
	doc       string
	public    bool           // needs no token
	recent    bool           // needs a recent login
	asks      bool           // asks the model for a reply
	webhook   bool           // for webhooks of a provider
	long      bool           // the response may be long: see bufferResponse
	onlyRooms bool           // the response depends only on the query and the rooms of the user, and may be cached
	rateLimit login.Action   // counted against the rate limits of the client's address; "" for none
	refusals  []*fault.Error // the documented errors of the handler, besides those that checks returns
}

// register adds a route to the API and to the OpenAPI document.
func register[In, Out any](a *API, r route, handle func(context.Context, *In) (*Out, error)) {
	input := reflect.TypeFor[In]()
	checks, refusals := a.checks(r, input)
	unavailable := unavailableOf(r.method, input)
	_, hasRawBody := input.FieldByName("RawBody")
	op := huma.Operation{
		OperationID:      operationID(r),
		Method:           r.method,
		Path:             r.path,
		DefaultStatus:    r.status,
		Tags:             []string{r.tag},
		Summary:          r.summary,
		Description:      r.doc,
		Middlewares:      checks,
		Responses:        a.errorResponses(append(refusals, r.refusals...)),
		MaxBodyBytes:     maxBodyBytes + 1, // readBody has the actual limit
		SkipValidateBody: hasRawBody,       // huma's schema of a raw body is a JSON string
		// readBody has read the body already. huma's own deadline of 5 s would stay set
		// on the connection and end its later requests.
		BodyReadTimeout: -1,
	}
	if !r.public {
		op.Security = []map[string][]string{{securityScheme: {}}}
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *In) (*Out, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, newProblem(ctx, withUnavailable(unavailable, err))
		}
		return out, nil
	})
	delete(op.Responses, "default") // huma adds it to an operation without error responses
}

// checks returns the middleware that runs before huma validates the input, in this
// order: token, requests a second, requests in progress, recent login, rate limit, query string, buffer, cache, body.
// It also returns the errors of this middleware, and those that any handler can return.
func (a *API) checks(r route, input reflect.Type) (checks huma.Middlewares, refusals []*fault.Error) {
	if !r.public {
		checks = append(checks, a.authenticate)
		refusals = append(refusals, session.ErrNoToken, session.ErrBadToken, errManyInProgress)
	}
	if c := r.costClass(); c != nil && a.rates != nil {
		checks = append(checks, a.limitRate(c))
	}
	if !r.public {
		checks = append(checks, a.requests.serve)
	}
	if r.recent {
		checks = append(checks, a.requireRecentLogin)
		refusals = append(refusals, session.ErrRecentLoginRequired)
	}
	if r.rateLimit != "" {
		checks = append(checks, a.admit(r.rateLimit))
		refusals = append(refusals, errRateLimited)
	}
	checks = append(checks, requireValidQuery)
	if r.long {
		checks = append(checks, a.bufferResponse)
	}
	if r.onlyRooms && a.rooms != nil {
		checks = append(checks, a.rooms.serve)
	}
	bodyChecks, bodyRefusals := checksOfBody(input)
	checks = append(checks, bodyChecks...)
	refusals = append(refusals, bodyRefusals...)
	if f := unavailableOf(r.method, input); f != errUnavailable {
		refusals = append(refusals, f)
	}
	if r.tag != tagOperators {
		refusals = append(refusals, errInternal, errUnavailable)
	}
	return checks, refusals
}

// checksOfBody returns the middleware that checks the body, and its errors. For huma
// and for checksOfBody, a field Body is a JSON body, which is optional if the field
// is a pointer, and a field RawBody is a body of any format.
func checksOfBody(input reflect.Type) (checks huma.Middlewares, refusals []*fault.Error) {
	if body, ok := input.FieldByName("Body"); ok {
		nullable := nullableFieldsOf(body.Type)
		checks = huma.Middlewares{requireIdentity, requireJSON, readBodyWith(nullable.checkJSON)}
		if body.Type.Kind() == reflect.Pointer {
			checks = huma.Middlewares{nullable.optionalJSON}
		}
		return checks, []*fault.Error{
			errMalformedBody, errBodyTooLarge, errMediaType, errContentEncoding, errInvalidRequest,
		}
	}
	if _, ok := input.FieldByName("RawBody"); ok {
		checks = huma.Middlewares{requireIdentity, readBodyWith(checkNotEmpty)}
		return checks, []*fault.Error{errMalformedBody, errBodyTooLarge, errContentEncoding}
	}
	return nil, nil
}

// operationID returns the method and the path with hyphens: "get-chatroom-id".
func operationID(r route) string {
	path := strings.NewReplacer("/", "-", "{", "", "}", "").Replace(strings.Trim(r.path, "/"))
	return strings.ToLower(r.method) + "-" + path
}

// writeError sends the response for an error of middleware.
func writeError(ctx huma.Context, err error) {
	_, w := humachi.Unwrap(ctx)
	newProblem(ctx.Context(), err).write(w)
}

// empty is the input of a route without input, and the output of one without output.
type empty struct{}
