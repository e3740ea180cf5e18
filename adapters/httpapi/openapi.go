package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/quota"
)

const securityScheme = "token"

// contractVersion is the version of Parley that last changed the contract.
const contractVersion = "0.9.0"

// openAPIConfig returns the configuration of huma, with the parts of the OpenAPI
// document that are not operations. It disables huma's own documentation pages, and
// the $schema fields and Link headers that huma adds to responses.
func openAPIConfig() huma.Config {
	c := huma.DefaultConfig("Parley", contractVersion)
	c.Info.Description = "The backend of an AI chat app: log in with a phone number and a one-time code, " +
		"create chatrooms, and send messages, which are answered in the background. " +
		"Every error is problem+json with a stable code. " +
		"429 `rate_limited` of a send, an edit or a retry means that too many messages of the user are queued: " +
		"wait until some of them are answered. Of every other operation it means that there were too many " +
		"requests in a short time: wait for the seconds in Retry-After. " +
		"By default, Basic users can send 5 messages a UTC day; Pro is unlimited. " +
		"A message whose reply fails, or is cancelled before it has a text, does not count. " +
		"By default this applies to 10 messages a UTC day; further ones count. A retry counts like a message."
	c.Info.License = &huma.License{Name: "MIT", Identifier: "MIT"}
	for _, name := range []string{tagAuth, tagUser, tagRooms, tagSubscription, tagOperators} {
		c.Tags = append(c.Tags, &huma.Tag{Name: name})
	}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{securityScheme: {
		Type:         "http",
		Scheme:       "bearer",
		BearerFormat: "JWT",
		Description:  "The access_token of verify-otp or login.",
	}}
	c.CreateHooks = nil
	c.OpenAPIPath = ""
	c.DocsPath = ""
	c.SchemasPath = ""
	return c
}

// errorResponses returns the documentation of the error responses of an operation,
// by status. It has one example for each error.
func (a *API) errorResponses(refusals []*fault.Error) map[string]*huma.Response {
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	responses := map[string]*huma.Response{}
	for _, f := range refusals {
		status := strconv.Itoa(statusOf(f))
		r := responses[status]
		if r == nil {
			media := &huma.MediaType{Schema: schema, Examples: map[string]*huma.Example{}}
			r = &huma.Response{
				Headers: map[string]*huma.Param{},
				Content: map[string]*huma.MediaType{problemMediaType: media},
			}
			responses[status] = r
		}
		addErrorHeaders(r, f)
		examples := r.Content[problemMediaType].Examples
		examples[exampleName(f)] = &huma.Example{Value: exampleOf(f)}
		r.Description = "`" + strings.Join(codesOf(examples), "`, `") + "`"
	}
	return responses
}

// exampleName returns the name of the example for an error. It is the code of the error, except
// for a second error of an operation with the same code.
func exampleName(f *fault.Error) string {
	switch f {
	case errNoTokensLeft:
		return f.Code + "_until_midnight"
	case errManyInProgress:
		return f.Code + "_in_progress"
	case errOutcomeUnknown, errRepeatWithKey:
		return f.Code + "_outcome_unknown"
	case errContentEncoding:
		return f.Code + "_encoded"
	}
	return f.Code
}

// codesOf returns the codes of the examples, sorted and each once.
func codesOf(examples map[string]*huma.Example) []string {
	codes := map[string]bool{}
	for _, e := range examples {
		codes[e.Value.(*Problem).Code] = true
	}
	return slices.Sorted(maps.Keys(codes))
}

// addErrorHeaders adds the headers of the response for an error to r, with an example of
// Retry-After if the error has a wait.
func addErrorHeaders(r *huma.Response, f *fault.Error) {
	for name, h := range errorHeaders(f) {
		if r.Headers[name] == nil {
			r.Headers[name] = h
		}
	}
	h := r.Headers[retryAfterHeader]
	if h == nil || f.RetryAfter <= 0 {
		return
	}
	if h.Examples == nil {
		h.Examples = map[string]*huma.Example{}
	}
	h.Examples[exampleName(f)] = &huma.Example{Value: wholeSeconds(f.RetryAfter)}
}

// exampleOf returns the body of the response for an error.
func exampleOf(f *fault.Error) *Problem {
	p := problemOf(f)
	p.RequestID = "b6f2c0d81e4a4c0f"
	return p
}

// errorHeaders returns the headers of the response for an error.
func errorHeaders(f *fault.Error) map[string]*huma.Param {
	headers := map[string]*huma.Param{}
	switch statusOf(f) {
	case http.StatusUnauthorized:
		headers["WWW-Authenticate"] = header(huma.TypeString, "Bearer.")
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		headers[retryAfterHeader] = header(huma.TypeInteger, "Seconds.")
	}
	if errors.Is(f, quota.ErrExhausted) {
		headers["RateLimit-Policy"] = header(huma.TypeString, "The quota of a UTC day.")
		headers["RateLimit"] = header(huma.TypeString, "What is left of it.")
		headers["RateLimit-Limit"] = header(huma.TypeInteger, "Messages a UTC day.")
		headers["RateLimit-Remaining"] = header(huma.TypeInteger, "The messages left on this day.")
		headers["RateLimit-Reset"] = header(huma.TypeInteger, "Seconds until the next UTC day.")
	}
	return headers
}

func header(schemaType, description string) *huma.Param {
	return &huma.Param{Schema: &huma.Schema{Type: schemaType}, Description: description}
}

// addRequestIDs adds X-Request-Id to every response of the document.
func addRequestIDs(doc *huma.OpenAPI) {
	const name = "X-Request-Id"
	doc.Components.Headers = map[string]*huma.Param{
		name: header(huma.TypeString, "The id of this request in the logs: the client's own id if it is valid."),
	}
	for _, path := range doc.Paths {
		for _, op := range []*huma.Operation{path.Get, path.Post, path.Patch, path.Delete} {
			if op == nil {
				continue
			}
			for _, r := range op.Responses {
				if r.Headers == nil {
					r.Headers = map[string]*huma.Param{}
				}
				r.Headers[name] = &huma.Param{Ref: "#/components/headers/" + name}
			}
		}
	}
}

// renderDocument returns the OpenAPI document, indented for the diffs of its golden copy.
func (a *API) renderDocument() []byte {
	addRequestIDs(a.huma.OpenAPI())
	doc, err := json.MarshalIndent(a.huma.OpenAPI(), "", "  ")
	if err != nil {
		panic(fmt.Sprintf("encoding the OpenAPI document: %v", err)) // a bug in the routes of this package
	}
	return append(doc, '\n')
}

// OpenAPI returns the OpenAPI 3.1 document as JSON.
func (a *API) OpenAPI() []byte { return a.document() }

// serveDocument handles GET /openapi.json.
func (a *API) serveDocument(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/openapi+json")
	_, _ = w.Write(a.OpenAPI())
}
