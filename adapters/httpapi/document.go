package httpapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"
)

// describe is the document without its routes.
func describe() huma.Config {
	c := huma.DefaultConfig("Parley", "0.1.0")
	c.Info.Description = "The backend of an AI chat app: log in with a phone and a one-time code, open chatrooms, and have each message answered in the background. " +
		"Every error is problem+json with a stable code. Basic users send 5 messages a UTC day; Pro is unlimited."
	c.Info.License = &huma.License{Name: "MIT", Identifier: "MIT"}
	c.Tags = []*huma.Tag{{Name: tagAuth}, {Name: tagUser}, {Name: tagRooms}, {Name: tagSubscription}, {Name: tagOperators}}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer", BearerFormat: "JWT",
		Description: "The access_token of verify-otp or login."}}
	c.CreateHooks = nil // no $schema in bodies, no Link to schemas
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	return c
}

// refusal is what the document says of a code.
type refusal struct {
	status int
	detail string
}

// refusals are all codes that an answer can carry.
var refusals = map[string]refusal{
	"not_authenticated":      {401, "Not authenticated"},
	"invalid_token":          {401, "Could not validate credentials"},
	"invalid_credentials":    {401, "Wrong number or password"},
	"invalid_otp":            {400, "Invalid or expired OTP"},
	"wrong_password":         {400, "The old password is wrong or missing."},
	"malformed_body":         {400, "The body is not whole, well-formed JSON in UTF-8."},
	"invalid_signature":      {400, "The signature does not match the payload."},
	"not_found":              {404, "There is no such chatroom or message."},
	"already_pro":            {409, "You already have a subscription. Manage it in the customer portal."},
	"not_subscribed":         {409, "There is no subscription to change."},
	"idempotency_in_flight":  {409, "A request with this Idempotency-Key is still under way."},
	"body_too_large":         {413, "The body has more than 1 MiB."},
	"unsupported_media_type": {415, "The body must be application/json in UTF-8."},
	"invalid_request":        {422, "The request breaks a rule; see errors."},
	"idempotency_mismatch":   {422, "This Idempotency-Key was used for another message."},
	"quota_exhausted":        {429, "Daily message limit reached (5/day for Basic tier). Upgrade to Pro."},
	"rate_limited":           {429, "Too many requests. Try again later."},
	"internal":               {500, "Something went wrong on our side."},
	"overloaded":             {503, "The service can take no more messages today. Try again tomorrow."},
	"payments_unavailable":   {503, "Payments are not available right now. Try again later."},
	"unavailable":            {503, "The service is not available right now. Try again in a moment."},
}

// listRefusals writes every refusal of an operation into the document, by status and with an example of each code.
func (a *API) listRefusals(op *huma.Operation, codes []string) {
	op.Responses = map[string]*huma.Response{}
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	for _, code := range codes {
		r := refusals[code]
		key := strconv.Itoa(r.status)
		if op.Responses[key] == nil {
			op.Responses[key] = &huma.Response{Headers: map[string]*huma.Param{},
				Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schema, Examples: map[string]*huma.Example{}}}}
		}
		maps.Copy(op.Responses[key].Headers, refusalHeaders(r.status, code))
		op.Responses[key].Content["application/problem+json"].Examples[code] = &huma.Example{Value: r.example(code)}
	}
	for _, r := range op.Responses {
		r.Description = strings.Join(codesOf(r), ", ")
	}
}

func codesOf(r *huma.Response) []string {
	var codes []string
	for code := range r.Content["application/problem+json"].Examples {
		codes = append(codes, "`"+code+"`")
	}
	slices.Sort(codes)
	return codes
}

func (r refusal) example(code string) Problem {
	p := Problem{Type: "about:blank", Title: http.StatusText(r.status), Status: r.status, Detail: r.detail, Code: code, RequestID: "b6f2c0d81e4a4c0f"}
	if code == "invalid_request" {
		p.Errors = []FieldError{{"mobile_number", "must be E.164: + and 8 to 15 digits"}}
	}
	return p
}

func refusalHeaders(status int, code string) map[string]*huma.Param {
	h := map[string]*huma.Param{}
	if status == http.StatusUnauthorized {
		h["WWW-Authenticate"] = header(huma.TypeString, "Bearer.")
	}
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		h["Retry-After"] = header(huma.TypeInteger, "Seconds.")
	}
	if code == "quota_exhausted" {
		h["RateLimit-Limit"] = header(huma.TypeInteger, "Messages a UTC day.")
		h["RateLimit-Remaining"] = header(huma.TypeInteger, "Messages left of it: none.")
		h["RateLimit-Reset"] = header(huma.TypeInteger, "Seconds until the next UTC day.")
	}
	return h
}

func header(schemaType, description string) *huma.Param {
	return &huma.Param{Schema: &huma.Schema{Type: schemaType}, Description: description}
}

// nameRequests adds X-Request-Id to every response of the document.
func nameRequests(doc *huma.OpenAPI) {
	doc.Components.Headers = map[string]*huma.Param{"X-Request-Id": header(huma.TypeString, "Names this request in the logs: the client's own, if it is sane.")}
	for _, path := range doc.Paths {
		for _, op := range []*huma.Operation{path.Get, path.Post, path.Patch, path.Delete} {
			if op == nil {
				continue
			}
			for _, r := range op.Responses {
				if r.Headers == nil {
					r.Headers = map[string]*huma.Param{}
				}
				r.Headers["X-Request-Id"] = &huma.Param{Ref: "#/components/headers/X-Request-Id"}
			}
		}
	}
}

// render is the document as it is served, indented so that its golden copy reads well.
func (a *API) render() []byte {
	nameRequests(a.huma.OpenAPI())
	doc, err := json.MarshalIndent(a.huma.OpenAPI(), "", "  ")
	if err != nil {
		panic(fmt.Sprintf("the OpenAPI document does not marshal: %v", err)) // a bug in the routes above
	}
	return append(doc, '\n')
}

// OpenAPI is the OpenAPI 3.1 document in JSON.
func (a *API) OpenAPI() []byte { return a.document() }

const (
	// Swagger UI starts from an inline script.
	docsPolicy = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
	// ReDoc comes from a pinned address with its hash, styles itself inline and searches in a worker.
	redocPolicy = "default-src 'none'; script-src https://cdn.jsdelivr.net; style-src 'unsafe-inline'; img-src data: https:; connect-src 'self'; worker-src blob:; child-src blob:; frame-ancestors 'none'"
)

func (a *API) documentPages() {
	a.router.Get("/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(a.OpenAPI())
	})
	docs := v5emb.NewWithConfig(swgui.Config{ShowTopBar: false})("Parley", "/openapi.json", "/docs/")
	a.router.Get("/docs", withPolicy(docsPolicy, docs))
	a.router.Get("/docs/*", withPolicy(docsPolicy, docs))
	a.router.Get("/redoc", withPolicy(redocPolicy, http.HandlerFunc(redoc)))
}

func withPolicy(policy string, next http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		next.ServeHTTP(w, r)
	}
}

// redoc has no module that embeds it, so the page loads it, as FastAPI's does.
func redoc(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(redocPage))
}

const redocPage = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Parley</title></head>
<body>
<redoc spec-url="/openapi.json"><p>ReDoc comes from cdn.jsdelivr.net. If it does not, see <a href="/docs">/docs</a>, which needs nothing from outside, or <a href="/openapi.json">/openapi.json</a>.</p></redoc>
<script src="https://cdn.jsdelivr.net/npm/redoc@2.5.4/bundles/redoc.standalone.js" integrity="sha384-w447zOpYfw/1Tv/5AK9NfHTlQIqE3RVR6KY62jCyy9zNDgO64cMwGGP1Fj0zJVf5" crossorigin="anonymous"></script>
</body>
</html>
`
