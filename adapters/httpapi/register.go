package httpapi

import (
	"context"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/kuvaka-tech/parley/app/login"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
)

// route is an operation with what must hold before its handler runs.
type route struct {
	method, path string
	status       int // of success
	tag          string
	summary      string
	doc          string
	open         bool         // no token is asked for
	budget       login.Action // the address's budget it takes from, "" for none
	refusals     []string     // the codes it answers with beyond those that follow from the rest
}

// register adds a route. What the handler returns as an error becomes a problem.
func register[I, O any](a *API, r route, handle func(context.Context, *I) (*O, error)) {
	_, raw := reflect.TypeFor[I]().FieldByName("RawBody")
	checks, refusals := a.checks(r, reflect.TypeFor[I]())
	op := huma.Operation{
		OperationID: operationID(r), Method: r.method, Path: r.path, DefaultStatus: r.status,
		Tags: []string{r.tag}, Summary: r.summary, Description: r.doc, Middlewares: checks, MaxBodyBytes: maxBody + 1,
		SkipValidateBody: raw, // huma's own schema for it wants a JSON string
		BodyReadTimeout:  -1,  // gate has read it; huma's deadline would end the connection's later requests, too, once 5 s are over
	}
	if !r.open {
		op.Security = []map[string][]string{{"token": {}}}
	}
	a.listRefusals(&op, refusals)
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, problem(ctx, err)
		}
		return out, nil
	})
	delete(op.Responses, "default") // huma's own, where it sees no other refusal
}

// checks are what comes before huma looks at the input's types, in this order:
// the token, the address's budget, the query's form and the body's. With them
// come the codes of all refusals that the route can answer with.
func (a *API) checks(r route, in reflect.Type) (checks huma.Middlewares, refusals []string) {
	refusals = append(refusals, r.refusals...)
	if !r.open {
		checks = append(checks, a.authenticate)
		refusals = append(refusals, "not_authenticated", "invalid_token")
	}
	if r.budget != "" {
		checks = append(checks, a.admit(r.budget))
		refusals = append(refusals, "rate_limited")
	}
	checks = append(checks, wholeQuery)
	if body, hasBody := in.FieldByName("Body"); hasBody {
		if body.Type.Kind() == reflect.Pointer { // which huma takes for optional
			checks = append(checks, maybeJSON)
		} else {
			checks = append(checks, onlyJSON, gate(jsonBody))
		}
		refusals = append(refusals, "malformed_body", "body_too_large", "unsupported_media_type", "invalid_request")
	} else if _, raw := in.FieldByName("RawBody"); raw {
		checks = append(checks, gate(someBody))
		refusals = append(refusals, "malformed_body", "body_too_large")
	}
	if r.tag != tagOperators {
		refusals = append(refusals, "internal", "unavailable")
	}
	return checks, refusals
}

func operationID(r route) string {
	path := strings.NewReplacer("/", "-", "{", "", "}", "").Replace(strings.Trim(r.path, "/"))
	return strings.ToLower(r.method) + "-" + path
}

type sessionKey struct{}

// who is the user that the request's token was given to.
func who(ctx context.Context) id.ID { return whose(ctx).User }

func whose(ctx context.Context) session.Session {
	s, _ := ctx.Value(sessionKey{}).(session.Session)
	return s
}

// authenticate refuses before the body is read.
func (a *API) authenticate(ctx huma.Context, next func(huma.Context)) {
	s, err := a.login.Authenticate(ctx.Context(), bearer(ctx.Header("Authorization")))
	if err != nil {
		_, w := humachi.Unwrap(ctx)
		problem(ctx.Context(), err).write(w)
		return
	}
	note(ctx.Context(), "user", s.User)
	next(huma.WithValue(ctx, sessionKey{}, s))
}

// bearer is the token of an Authorization header (RFC 6750, 2.1), "" without one.
func bearer(header string) string {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

func (a *API) admit(action login.Action) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humachi.Unwrap(ctx)
		if err := a.login.Admit(ctx.Context(), action, a.clientAddr(r)); err != nil {
			problem(ctx.Context(), err).write(w)
			return
		}
		next(ctx)
	}
}

// none is the input of a route that takes none, or the output of one that gives none.
type none struct{}
