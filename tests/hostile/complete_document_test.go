package hostile

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A generated client or documentation page needs every part that this test checks.
func TestTheDocumentIsComplete(t *testing.T) {
	p := start(t)
	d := p.document()
	if !strings.HasPrefix(d.OpenAPI, "3.1.") || d.Components.SecuritySchemes["token"] == nil {
		t.Errorf("OpenAPI version %q with security schemes %v, want 3.1.x with the scheme token",
			d.OpenAPI, d.Components.SecuritySchemes)
	}
	operationIDs := map[string]bool{}
	for _, o := range d.operations() {
		if o.Summary == "" || o.OperationID == "" || operationIDs[o.OperationID] {
			t.Errorf("%s: summary %q, operationId %q; want a summary and a unique id", o, o.Summary, o.OperationID)
		}
		operationIDs[o.OperationID] = true
		o.checkTags(t)
		o.checkSecurity(t)
		o.checkParameters(t)
		for status := range o.Responses {
			o.checkDocumentedResponse(t, status)
		}
	}
	d.checkSchemas(t)
	checkReferences(t, p.OpenAPI())
}

func (o *operation) checkTags(t *testing.T) {
	t.Helper()
	isDeclared := func(tag struct{ Name string }) bool { return tag.Name == o.Tags[0] }
	if len(o.Tags) != 1 || !slices.ContainsFunc(o.document.Tags, isDeclared) {
		t.Errorf("%s: tags %v, want one of the declared tags %v", o, o.Tags, o.document.Tags)
	}
}

func (o *operation) checkSecurity(t *testing.T) {
	t.Helper()
	for _, s := range o.Security {
		for name := range s {
			if o.document.Components.SecuritySchemes[name] == nil {
				t.Errorf("%s: the security scheme %q does not exist", o, name)
			}
		}
	}
	_, refuses := o.errorCodes()["not_authenticated"]
	if o.requiresToken() != refuses {
		t.Errorf("%s: requires a token: %v, but documents not_authenticated: %v", o, o.requiresToken(), refuses)
	}
}

func (o *operation) checkParameters(t *testing.T) {
	t.Helper()
	inPath := 0
	for _, p := range o.Parameters {
		if p.Description == "" || p.Schema == nil {
			t.Errorf("%s: the parameter %s has no description or no schema", o, p.Name)
		}
		if p.In != "path" {
			continue
		}
		inPath++
		if !strings.Contains(o.Path, "{"+p.Name+"}") {
			t.Errorf("%s: the path does not contain its parameter %s", o, p.Name)
		}
	}
	if n := strings.Count(o.Path, "{"); n != inPath {
		t.Errorf("%s: the path contains %d parameters, but %d are documented", o, n, inPath)
	}
}

func (o *operation) checkDocumentedResponse(t *testing.T, status string) {
	t.Helper()
	r := o.Responses[status]
	if r.Description == "" {
		t.Errorf("%s: the response %s has no description", o, status)
	}
	if _, exists := r.Headers["X-Request-Id"]; !exists {
		t.Errorf("%s: the response %s does not document X-Request-Id", o, status)
	}
	n, err := strconv.Atoi(status)
	if err != nil {
		t.Errorf("%s: the status %q is not a number", o, status)
	}
	if n == http.StatusNoContent {
		return
	}
	content, isJSON := r.Content["application/json"]
	if !isJSON {
		content = r.Content[eventStream]
	}
	if n >= http.StatusBadRequest && len(o.errorCodes()) > 0 { // the 503 of /readyz has the same body as its 200
		content = r.Content["application/problem+json"]
		o.checkExamples(t, n, content)
	}
	if o.document.resolve(content.Schema) == nil {
		t.Errorf("%s: the response %s has no schema", o, status)
	}
}

// checkExamples checks that each example is a complete error for the status under which it is
// listed. Its name is its code, or begins with its code.
func (o *operation) checkExamples(t *testing.T, status int, m mediaType) {
	t.Helper()
	if len(m.Examples) == 0 {
		t.Errorf("%s: the response %d has no examples", o, status)
	}
	for name, example := range m.Examples {
		p := example.Value
		if p.Status != status || !strings.HasPrefix(name, p.Code) || !p.isComplete() {
			t.Errorf("%s: the example %s of status %d is not a complete error with its code and status: %+v",
				o, name, status, p)
		}
	}
}

// checkSchemas checks that each field has an example, except references, lists, enums
// and booleans, and that each required field exists.
func (d *document) checkSchemas(t *testing.T) {
	t.Helper()
	for name, s := range d.Components.Schemas {
		for field, p := range s.Properties {
			needsExample := p.Ref == "" && p.Items == nil && len(p.Enum) == 0 && p.Type != "boolean"
			if needsExample && len(p.Examples) == 0 {
				t.Errorf("the field %s.%s has no example", name, field)
			}
		}
		for _, field := range s.Required {
			if s.Properties[field] == nil {
				t.Errorf("the schema %s requires the field %s, which does not exist", name, field)
			}
		}
	}
}

// checkReferences checks that every $ref of a document points to a part of it.
func checkReferences(t *testing.T, document []byte) {
	t.Helper()
	var root any
	if err := json.Unmarshal(document, &root); err != nil {
		t.Fatalf("decode the document: %v", err)
	}
	var check func(v any)
	check = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, element := range v {
				check(element)
			}
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok && !refExists(root, ref) {
				t.Errorf("the reference %s points to nothing", ref)
			}
			for _, field := range v {
				check(field)
			}
		}
	}
	check(root)
}

func refExists(root any, ref string) bool {
	v := root
	for _, name := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
		fields, _ := v.(map[string]any)
		v = fields[name]
	}
	return v != nil
}
