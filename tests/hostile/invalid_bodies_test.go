package hostile

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// invalidBody is a body and the error that it must get.
type invalidBody struct {
	name    string
	content []byte
	status  int
	code    string
}

func malformed(name, content string) invalidBody {
	return invalidBody{name: name, content: []byte(content), status: http.StatusBadRequest, code: "malformed_body"}
}

func invalid(name, content string) invalidBody {
	return invalidBody{
		name:    name,
		content: []byte(content),
		status:  http.StatusUnprocessableEntity,
		code:    "invalid_request",
	}
}

func tooLarge(name string, content []byte) invalidBody {
	return invalidBody{
		name:    name,
		content: content,
		status:  http.StatusRequestEntityTooLarge,
		code:    "body_too_large",
	}
}

const mib = 1 << 20

// The names of the bodies that are valid for an operation with an optional body or without a
// required field.
const (
	emptyBody   = "empty"
	emptyObject = "no fields"
)

// invalidBodies returns bodies that are wrong whatever the fields of the operation are.
// Most are a valid body with one change.
func invalidBodies(valid string) []invalidBody {
	unclosed := strings.TrimSuffix(valid, "}")
	return []invalidBody{
		malformed(emptyBody, ""),
		malformed("whitespace", " \n\t"),
		malformed("truncated", unclosed),
		malformed("no JSON", canary),
		malformed("truncated string", `{"`+canary),
		malformed("trailing text", valid+canary),
		malformed("two bodies", valid+valid),
		malformed("trailing comma", unclosed+",}"),
		malformed("comment", valid+"// "+canary),
		malformed("byte order mark", "\ufeff"+valid),
		malformed("single quotes", "{'"+canary+"':'"+canary+"'}"),
		malformed("NaN", unclosed+`,"x":NaN}`),
		malformed("unescaped NUL", unclosed+",\"x\":\"\x00\"}"),
		malformed("not UTF-8", unclosed+",\"x\":\""+canary+"\xff\"}"),
		malformed("overlong UTF-8", unclosed+",\"x\":\"\xc0\x80\"}"),
		malformed("surrogate in UTF-8", unclosed+",\"x\":\"\xed\xa0\x80\"}"),
		malformed("UTF-16", "\xff\xfe{\x00}\x00"),
		malformed("deep arrays", strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)),
		malformed("deep objects", strings.Repeat(`{"a":`, 100_000)+"1"+strings.Repeat("}", 100_000)),
		malformed("deep and truncated", unclosed+`,"x":`+strings.Repeat("[", 100_000)),
		invalid("null", "null"),
		invalid("array", "[]"),
		invalid("valid body in an array", "["+valid+"]"),
		invalid("string", `"`+canary+`"`),
		invalid("number", "1"),
		invalid("number out of range", "1e999"),
		invalid("field out of range", unclosed+`,"unexpected":-1e999}`),
		invalid("true", "true"),
		invalid(emptyObject, "{}"),
		invalid("unknown field", unclosed+`,"unexpected":"`+canary+`"}`),
		invalid("unknown field with null", unclosed+`,"unexpected":null}`),
		invalid("prototype", unclosed+`,"__proto__":{"a":"`+canary+`"}}`),
		invalid("field with an empty name", unclosed+`,"":"`+canary+`"}`),
		tooLarge("1 MiB and 1 byte", []byte(valid+strings.Repeat(" ", mib+1-len(valid)))),
		tooLarge("2 MiB without JSON", bytes.Repeat([]byte(canary), 2*mib/len(canary))),
	}
}

// bodiesWithInvalidField returns copies of a valid body in which one field is invalid,
// missing or renamed.
func bodiesWithInvalidField(t *testing.T, valid object, s *schema, field string) []invalidBody {
	t.Helper()
	encode := func(name string, body object) invalidBody {
		return invalid(field+": "+name, string(encodeJSON(t, body)))
	}
	withValue := func(name string, value any) invalidBody {
		body := maps.Clone(valid)
		body[field] = value
		return encode(name, body)
	}
	renamedTo := func(newName string) invalidBody {
		body := maps.Clone(valid)
		body[newName] = body[field]
		delete(body, field)
		return encode("renamed to "+newName, body)
	}
	bodies := []invalidBody{
		withValue("number", 1),
		withValue("large number", 1e300),
		withValue("true", true),
		withValue("array", []string{canary}),
		withValue("empty array", []string{}),
		withValue("object", object{"value": canary}),
		withValue("half of a surrogate pair", json.RawMessage(`"\ud800"`)),
		renamedTo(strings.ToUpper(field)),
		renamedTo(strings.ToUpper(field[:1]) + field[1:]),
		renamedTo(field + "\u0000"),
		renamedTo(" " + field),
		// encoding/json ignores the case of names, and treats U+017F (ſ) as s.
		renamedTo(strings.ReplaceAll(field, "s", "\u017f") + "\u017f"),
	}
	if !s.Properties[field].isNullable() {
		bodies = append(bodies, withValue("null", nil))
	}
	if slices.Contains(s.Required, field) {
		body := maps.Clone(valid)
		delete(body, field)
		bodies = append(bodies, encode("missing", body))
	}
	for name, value := range invalidTexts[field] {
		bodies = append(bodies, withValue(name, value))
	}
	return bodies
}

func TestInvalidBodiesAreRefused(t *testing.T) {
	p := start(t)
	for _, o := range p.operationsWithJSONBody() {
		c := p.validCall(o)
		s := o.bodySchema()
		bodies := invalidBodies(string(encodeJSON(t, c.body)))
		for _, field := range s.fieldNames() {
			bodies = append(bodies, bodiesWithInvalidField(t, c.body, s, field)...)
		}
		for _, b := range bodies {
			changed := c
			changed.rawBody = b.content
			r := p.sendCall(changed)
			if o.accepts(b.name) {
				o.checkSuccess(t, b.name, r)
				continue
			}
			wantProblem(t, o.String()+": "+b.name, r, b.status, b.code)
		}
		o.checkSuccess(t, "the valid call after all invalid bodies", p.sendCall(c))
	}
	p.checkNoCanaryInLog()
}
