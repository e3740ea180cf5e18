package hostile

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

func TestResponsesToValidCallsMatchTheDocument(t *testing.T) {
	p := start(t)
	for _, o := range p.operations() {
		r := p.sendCall(p.validCall(o))
		o.checkSuccess(t, "a valid call", r)
		if difference := o.differenceOf(r); difference != "" {
			t.Errorf("%s: the response does not match the document: %s in %s", o, difference, r.Body)
		}
	}
}

// differenceOf describes a difference between the body of a successful response and its
// documented schema. It returns "" if there is none.
func (o *operation) differenceOf(r client.Response) string {
	if r.Status == http.StatusNoContent {
		if len(bytes.TrimSpace(r.Body)) > 0 {
			return "a body with status 204"
		}
		return ""
	}
	content := o.Responses[strconv.Itoa(r.Status)].Content
	if _, isStream := content[eventStream]; isStream && r.Header.Get("Content-Type") == eventStream {
		if !strings.HasPrefix(string(r.Body), "retry: 1000\n\n") {
			return "no interval of reconnection at the start of a stream"
		}
		return ""
	}
	s := o.document.resolve(content["application/json"].Schema)
	if s == nil {
		return "an undocumented status"
	}
	if s.Items == nil {
		return s.differenceOf(r.Body)
	}
	var elements []json.RawMessage
	if json.Unmarshal(r.Body, &elements) != nil {
		return "no array"
	}
	for _, element := range elements {
		if difference := o.document.resolve(s.Items).differenceOf(element); difference != "" {
			return difference
		}
	}
	return ""
}

// differenceOf describes a difference between a JSON object and its schema. It returns ""
// if there is none.
func (s *schema) differenceOf(body []byte) string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return "no object"
	}
	for name := range fields {
		if s.Properties[name] == nil {
			return "the undocumented field " + name
		}
	}
	for _, name := range s.Required {
		if _, exists := fields[name]; !exists {
			return "no required field " + name
		}
	}
	return ""
}
