package hostile

import (
	"net/http"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

// unsupportedContentTypes contains values of the header Content-Type. Each element is
// the headers of one request.
var unsupportedContentTypes = [][]string{
	nil,
	{""},
	{"text/plain"},
	{"text/" + canary},
	{"application/problem+json"},
	{"application/x-www-form-urlencoded"},
	{"multipart/form-data; boundary=x"},
	{"application/json; charset=utf-16"},
	{"application/json; charset=" + canary},
	{"application/json; charset="},
	{"application/json; charset=utf-8; charset=utf-16"},
	{"application/json, text/plain"},
	{"application/json", "application/json"},
	{"application/json", "text/plain"},
	{"application/jsonx"},
	{"application/json\xff"},
	{"application/*"},
	{"*/*"},
	{";"},
}

var supportedContentTypes = []string{
	"application/json",
	"Application/JSON",
	"application/json; charset=utf-8",
	`application/json;charset="UTF-8"`,
	" application/json ",
}

// sendWithContentTypes sends a call with another body and these Content-Type headers.
func (p *program) sendWithContentTypes(c call, body string, contentTypes ...string) client.Response {
	p.t.Helper()
	r := c.request(p.t, strings.NewReader(body))
	r.Header["Content-Type"] = contentTypes
	return p.do(r)
}

func TestBodiesOfUnsupportedMediaTypesAreRefused(t *testing.T) {
	p := start(t)
	for _, o := range p.operationsWithJSONBody() {
		c := p.validCall(o)
		for _, contentTypes := range unsupportedContentTypes {
			name := "Content-Type " + strings.Join(contentTypes, " and ")
			if o.accepts(emptyBody) {
				c = p.validCall(o) // of a new user, because the successful calls below are rate limited per user
				r := p.sendWithContentTypes(c, "", contentTypes...)
				o.checkSuccess(t, name+" without a body", r)
			}
			bodies := []string{string(encodeJSON(t, c.body)), canary}
			if !o.accepts(emptyBody) {
				bodies = append(bodies, "")
			}
			for _, body := range bodies {
				r := p.sendWithContentTypes(c, body, contentTypes...)
				wantProblem(t, o.String()+": "+name, r, http.StatusUnsupportedMediaType, "unsupported_media_type")
			}
		}
	}
	p.checkNoCanaryInLog()
}

func TestBodiesOfJSONMediaTypesAreRead(t *testing.T) {
	p := start(t)
	for _, o := range p.operationsWithJSONBody() {
		c := p.validCall(o)
		for _, contentType := range supportedContentTypes {
			r := p.sendWithContentTypes(c, `{"unexpected":1}`, contentType)
			wantInvalidRequest(t, o.String()+": "+contentType, r)
		}
	}
}
