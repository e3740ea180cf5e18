package hostile

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// The parts of an OpenAPI 3.1 document that these tests read.
type (
	document struct {
		OpenAPI    string
		Paths      map[string]map[string]*operation
		Components struct {
			Schemas         map[string]*schema
			SecuritySchemes map[string]any
		}
		Tags []struct{ Name string }
	}
	operation struct {
		document *document // contains the operation

		Method      string
		Path        string
		OperationID string `json:"operationId"`
		Summary     string
		Tags        []string
		Security    []map[string][]string
		Parameters  []parameter
		RequestBody *struct {
			Required bool
			Content  map[string]mediaType
		}
		Responses map[string]documentedResponse
	}
	parameter struct {
		Name        string
		In          string
		Description string
		Required    bool
		Schema      *schema
		Examples    map[string]struct{ Value int } // of a header
	}
	documentedResponse struct {
		Description string
		Headers     map[string]parameter
		Content     map[string]mediaType
	}
	mediaType struct {
		Schema   *schema
		Examples map[string]struct{ Value problem }
	}
	schema struct {
		Ref        string `json:"$ref"`
		Type       any
		Properties map[string]*schema
		Required   []string
		Items      *schema
		Enum       []any
		Examples   []any
	}
)

// document returns the OpenAPI document of the program.
func (p *program) document() *document {
	p.t.Helper()
	d := &document{}
	if err := json.Unmarshal(p.OpenAPI(), d); err != nil {
		p.t.Fatalf("decode the OpenAPI document: %v", err)
	}
	for path, operations := range d.Paths {
		for method, o := range operations {
			o.document = d
			o.Method = strings.ToUpper(method)
			o.Path = path
		}
	}
	return d
}

// operations returns all operations of the document, sorted by path and method.
func (d *document) operations() []*operation {
	var all []*operation
	for _, operations := range d.Paths {
		all = slices.AppendSeq(all, maps.Values(operations))
	}
	slices.SortFunc(all, func(a, b *operation) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	return all
}

// resolve returns the schema that a reference points to. It returns nil if it does not exist.
func (d *document) resolve(s *schema) *schema {
	if s == nil || s.Ref == "" {
		return s
	}
	return d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
}

// isNullable reports whether the value may be null.
func (s *schema) isNullable() bool {
	types, several := s.Type.([]any)
	return several && slices.Contains(types, any("null"))
}

// fieldNames returns the sorted names of the fields.
func (s *schema) fieldNames() []string { return slices.Sorted(maps.Keys(s.Properties)) }
