package hostile

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The parts of an OpenAPI 3.1 document that these tests read.
type (
	document struct {
		OpenAPI    string
		Paths      map[string]map[string]*operation
		Components struct {
			Schemas         map[string]*schema
			Headers         map[string]*parameter
			SecuritySchemes map[string]any
		}
		Tags []struct{ Name string }
	}
	operation struct {
		Method, Path string
		OperationID  string `json:"operationId"`
		Summary      string
		Tags         []string
		Security     []map[string][]string
		Parameters   []parameter
		RequestBody  *struct {
			Required bool
			Content  map[string]media
		}
		Responses map[string]response
	}
	parameter struct {
		Ref, Name, In, Description string
		Schema                     *schema
	}
	response struct {
		Description string
		Headers     map[string]parameter
		Content     map[string]media
	}
	media struct {
		Schema   *schema
		Examples map[string]struct{ Value json.RawMessage }
	}
	schema struct {
		Ref                  string `json:"$ref"`
		Type                 any
		Format               string
		Properties           map[string]*schema
		Required             []string
		Items                *schema
		Enum                 []any
		Examples             []any
		AdditionalProperties any
	}
)

func parse(t testing.TB, raw []byte) *document {
	t.Helper()
	d := &document{}
	if err := json.Unmarshal(raw, d); err != nil {
		t.Fatal(err)
	}
	return d
}

// operations are all of a document, in a fixed order.
func (d *document) operations() []*operation {
	var all []*operation
	for path, methods := range d.Paths {
		for method, op := range methods {
			op.Method, op.Path = strings.ToUpper(method), path
			all = append(all, op)
		}
	}
	slices.SortFunc(all, func(a, b *operation) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method)) })
	return all
}

func (o *operation) String() string { return o.Method + " " + o.Path }

func (o *operation) secured() bool { return len(o.Security) > 0 }

// codes maps the refusals of an operation to their status: the keys of the examples.
func (o *operation) codes() map[string]int {
	codes := map[string]int{}
	for status, r := range o.Responses {
		n, _ := strconv.Atoi(status)
		for code := range r.Content["application/problem+json"].Examples {
			codes[code] = n
		}
	}
	return codes
}

// success is the one status of an operation below 300.
func (o *operation) success() int {
	for status := range o.Responses {
		if n, _ := strconv.Atoi(status); n < http.StatusMultipleChoices {
			return n
		}
	}
	return 0
}

// body is the schema of a JSON body, nil for an operation that takes none or a raw one.
func (d *document) body(o *operation) *schema {
	if o.RequestBody == nil {
		return nil
	}
	s := d.resolve(o.RequestBody.Content["application/json"].Schema)
	if s == nil || len(s.Properties) == 0 {
		return nil
	}
	return s
}

// resolve follows a reference into the components; it is nil when that leads nowhere.
func (d *document) resolve(s *schema) *schema {
	if s == nil || s.Ref == "" {
		return s
	}
	return d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
}

// sample is a body out of the schema's own examples.
func (d *document) sample(o *operation) object {
	s := d.body(o)
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

// fields are the names of a body's fields in a fixed order.
func (s *schema) fields() []string { return slices.Sorted(maps.Keys(s.Properties)) }

// fill puts a room and a message into a path.
func (o *operation) fill(room, message string) string {
	return strings.NewReplacer("{id}", room, "{mid}", message).Replace(o.Path)
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
