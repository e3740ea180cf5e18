package hostile

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

// operations returns all operations that the program documents.
func (p *program) operations() []*operation {
	p.t.Helper()
	return p.document().operations()
}

// operationsWithoutBody returns the operations for which no body is documented.
func (p *program) operationsWithoutBody() []*operation {
	p.t.Helper()
	hasBody := func(o *operation) bool { return o.RequestBody != nil }
	return slices.DeleteFunc(p.operations(), hasBody)
}

// operationsWithJSONBody returns the operations for which a JSON body is documented.
func (p *program) operationsWithJSONBody() []*operation {
	p.t.Helper()
	hasNoJSONBody := func(o *operation) bool { return o.bodySchema() == nil }
	return slices.DeleteFunc(p.operations(), hasNoJSONBody)
}

// String returns the method and the path.
func (o *operation) String() string { return o.Method + " " + o.Path }

func (o *operation) requiresToken() bool { return len(o.Security) > 0 }

// errorCodes returns the documented error codes with their status. The codes are those of the
// examples.
func (o *operation) errorCodes() map[string]int {
	codes := map[string]int{}
	for text, r := range o.Responses {
		status, _ := strconv.Atoi(text)
		for _, e := range r.Content["application/problem+json"].Examples {
			codes[e.Value.Code] = status
		}
	}
	return codes
}

// successStatus returns the documented status below 300. A message that is sent with another
// Accept header has another one.
func (o *operation) successStatus() (status int) {
	for text := range o.Responses {
		if n, _ := strconv.Atoi(text); n < http.StatusMultipleChoices {
			status = max(status, n)
		}
	}
	return status
}

const eventStream = "text/event-stream"

// hasParameter reports whether a query parameter or a header is documented.
func (o *operation) hasParameter(name string) bool {
	return slices.ContainsFunc(o.Parameters, func(p parameter) bool { return p.Name == name })
}

// checkSuccess checks that a response has the operation's success status.
func (o *operation) checkSuccess(t testing.TB, name string, r client.Response) {
	t.Helper()
	if want := o.successStatus(); r.Status != want {
		t.Errorf("%s: %s: status %d, want %d: %s", o, name, r.Status, want, r.Body)
	}
}

// bodySchema returns the schema of the JSON body. It returns nil for an operation
// with no body or a raw body.
func (o *operation) bodySchema() *schema {
	if o.RequestBody == nil {
		return nil
	}
	s := o.document.resolve(o.RequestBody.Content["application/json"].Schema)
	if s == nil || len(s.Properties) == 0 {
		return nil
	}
	return s
}

// accepts reports whether a body of invalidBodies is valid for this operation.
func (o *operation) accepts(body string) bool {
	switch body {
	case emptyBody:
		return !o.RequestBody.Required
	case emptyObject:
		return len(o.bodySchema().Required) == 0
	}
	return false
}

// exampleBody returns a body with the examples of the schema, nil for an operation
// without a JSON body.
func (o *operation) exampleBody() object {
	s := o.bodySchema()
	if s == nil {
		return nil
	}
	body := object{}
	for name, field := range s.Properties {
		if len(field.Examples) > 0 {
			body[name] = field.Examples[0]
		}
	}
	return body
}

// requiredQuery returns the required query parameters with the examples of the document, "" for none.
func (o *operation) requiredQuery() string {
	query := url.Values{}
	for _, p := range o.Parameters {
		if p.In == "query" && p.Required {
			query.Set(p.Name, fmt.Sprint(p.Schema.Examples[0]))
		}
	}
	if len(query) == 0 {
		return ""
	}
	return "?" + query.Encode()
}

// addQuery adds query parameters to a path that may have some.
func addQuery(path, query string) string {
	if strings.Contains(path, "?") {
		return path + "&" + query
	}
	return path + "?" + query
}

// pathOf returns the path with the ids of a room and a message.
func (o *operation) pathOf(roomID, messageID string) string {
	return strings.NewReplacer("{id}", roomID, "{mid}", messageID).Replace(o.Path)
}
