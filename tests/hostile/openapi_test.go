package hostile

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The document is whole: whoever generates a client or a page from it misses nothing.
func TestDocument(t *testing.T) {
	raw := start(t).OpenAPI()
	d := parse(t, raw)
	if !strings.HasPrefix(d.OpenAPI, "3.1.") || d.Components.SecuritySchemes["token"] == nil {
		t.Errorf("OpenAPI %q, security %v", d.OpenAPI, d.Components.SecuritySchemes)
	}
	ids := map[string]bool{}
	for _, o := range d.operations() {
		if o.Summary == "" || o.OperationID == "" || ids[o.OperationID] {
			t.Errorf("%s: summary %q, id %q", o, o.Summary, o.OperationID)
		}
		ids[o.OperationID] = true
		if len(o.Tags) != 1 || !slices.ContainsFunc(d.Tags, func(tag struct{ Name string }) bool { return tag.Name == o.Tags[0] }) {
			t.Errorf("%s: tags %v", o, o.Tags)
		}
		d.checkSecurity(t, o)
		d.checkParameters(t, o)
		for status, r := range o.Responses {
			d.checkResponse(t, o, status, r)
		}
	}
	d.checkSchemas(t)
	checkReferences(t, raw)
}

func (d *document) checkSecurity(t *testing.T, o *operation) {
	_, refuses := o.codes()["not_authenticated"]
	for _, s := range o.Security {
		for name := range s {
			if d.Components.SecuritySchemes[name] == nil {
				t.Errorf("%s: no security scheme %q", o, name)
			}
		}
	}
	if o.secured() != refuses {
		t.Errorf("%s: secured %v, but refuses strangers %v", o, o.secured(), refuses)
	}
}

func (d *document) checkParameters(t *testing.T, o *operation) {
	for _, p := range o.Parameters {
		if p.Description == "" || p.Schema == nil {
			t.Errorf("%s: parameter %s without description or schema", o, p.Name)
		}
		if p.In == "path" && !strings.Contains(o.Path, "{"+p.Name+"}") {
			t.Errorf("%s: no %s in the path", o, p.Name)
		}
	}
	if n := strings.Count(o.Path, "{"); n != len(slices.DeleteFunc(slices.Clone(o.Parameters), func(p parameter) bool { return p.In != "path" })) {
		t.Errorf("%s: %d ids in the path, parameters %v", o, n, o.Parameters)
	}
}

func (d *document) checkResponse(t *testing.T, o *operation, status string, r response) {
	if r.Description == "" {
		t.Errorf("%s %s: no description", o, status)
	}
	if _, named := r.Headers["X-Request-Id"]; !named {
		t.Errorf("%s %s: no X-Request-Id", o, status)
	}
	n, err := strconv.Atoi(status)
	if err != nil {
		t.Errorf("%s: status %q", o, status)
	}
	if n == 204 {
		return
	}
	content := r.Content["application/json"]
	if n >= 400 && len(o.codes()) > 0 { // /readyz has one shape
		content = r.Content["application/problem+json"]
		checkExamples(t, o, n, content)
	}
	if d.resolve(content.Schema) == nil {
		t.Errorf("%s %s: no schema", o, status)
	}
}

// checkExamples compares each example of a refusal with where it stands.
func checkExamples(t *testing.T, o *operation, status int, m media) {
	if len(m.Examples) == 0 {
		t.Errorf("%s %d: no examples", o, status)
	}
	for code, e := range m.Examples {
		var p struct {
			Status                    int
			Code, Detail, Type, Title string
			RequestID                 string `json:"request_id"`
			Errors                    []any
		}
		if err := json.Unmarshal(e.Value, &p); err != nil || p.Status != status || p.Code != code || p.Detail == "" || p.Type == "" || p.Title == "" || p.RequestID == "" || (len(p.Errors) > 0) != (code == "invalid_request") {
			t.Errorf("%s %d: example %s: %s, %v", o, status, code, e.Value, err)
		}
	}
}

// checkSchemas asks for an example of all that does not explain itself.
func (d *document) checkSchemas(t *testing.T) {
	for name, s := range d.Components.Schemas {
		for field, p := range s.Properties {
			if p.Ref == "" && p.Items == nil && len(p.Enum) == 0 && len(p.Examples) == 0 && p.Type != "boolean" {
				t.Errorf("%s.%s: no example", name, field)
			}
		}
		for _, field := range s.Required {
			if s.Properties[field] == nil {
				t.Errorf("%s requires %s, which it does not have", name, field)
			}
		}
	}
}

// checkReferences follows every $ref.
func checkReferences(t *testing.T, raw []byte) {
	var whole any
	if err := json.Unmarshal(raw, &whole); err != nil {
		t.Fatal(err)
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, one := range v {
				walk(one)
			}
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok && !leads(whole, ref) {
				t.Errorf("%s leads nowhere", ref)
			}
			for _, one := range v {
				walk(one)
			}
		}
	}
	walk(whole)
}

func leads(v any, ref string) bool {
	for _, step := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
		object, _ := v.(map[string]any)
		v = object[step]
	}
	return v != nil
}
