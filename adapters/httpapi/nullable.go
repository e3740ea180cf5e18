package httpapi

import (
	"encoding/json"
	"reflect"
	"strings"
)

// nullableFields are the names of the fields of a body that may be null.
type nullableFields map[string]bool

// nullableFieldsOf returns the fields with the tag nullable:"true", which also sets the type in
// the OpenAPI document. body is the type of a body, or of a pointer to one.
func nullableFieldsOf(body reflect.Type) nullableFields {
	if body.Kind() == reflect.Pointer {
		body = body.Elem()
	}
	nullable := nullableFields{}
	if body.Kind() != reflect.Struct {
		return nullable
	}
	for _, f := range reflect.VisibleFields(body) {
		if f.Tag.Get("nullable") == "true" {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			nullable[name] = true
		}
	}
	return nullable
}

// nullableText is a text in a body that may be null, which has the same meaning as "". Its
// field needs the tag nullable:"true" and the JSON option omitzero.
type nullableText struct {
	Sent *string // nil if the body does not have the field
}

// UnmarshalJSON implements json.Unmarshaler.
func (t *nullableText) UnmarshalJSON(encoded []byte) error {
	t.Sent = new(string)
	return json.Unmarshal(encoded, t.Sent) // null leaves the text empty
}
