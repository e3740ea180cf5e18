package hostile

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// A body with a content coding would be read as if it had none. The response says which coding is
// accepted (RFC 9110, section 12.5.3).
func TestBodiesWithAContentCodingAreRefused(t *testing.T) {
	p := start(t)
	for _, o := range p.operationsWithBody() {
		for _, coding := range []string{"gzip", "GZIP", "br", "identity, gzip", canary} {
			c := p.validCall(o)
			c.headers = append(c.headers, "Content-Encoding", coding)
			r := p.sendCall(c)
			wantProblem(t, o.String()+": Content-Encoding "+coding, r, http.StatusUnsupportedMediaType,
				"unsupported_media_type")
			if accepted := r.Header.Get("Accept-Encoding"); accepted != "identity" {
				t.Errorf("%s: Accept-Encoding = %q after the coding %s, want identity", o, accepted, coding)
			}
			if !strings.Contains(r.Field("detail"), "Content-Encoding") {
				t.Errorf("%s: the detail is %q, want it to name Content-Encoding", o, r.Field("detail"))
			}
		}
	}
	p.checkNoCanaryInLog()
}

func TestBodiesWithoutAContentCodingAreRead(t *testing.T) {
	p := start(t)
	for _, o := range p.operationsWithBody() {
		for _, coding := range []string{"identity", "Identity", ""} {
			c := p.validCall(o)
			c.headers = append(c.headers, "Content-Encoding", coding)
			o.checkSuccess(t, "Content-Encoding "+coding, p.sendCall(c))
		}
	}
}

// operationsWithBody returns the operations that read a body.
func (p *program) operationsWithBody() []*operation {
	p.t.Helper()
	return slices.DeleteFunc(p.operations(), func(o *operation) bool { return o.errorCodes()["body_too_large"] == 0 })
}

// Another media type is refused without Accept-Encoding, which would say that the coding is wrong.
func TestAMediaTypeIsRefusedWithoutAcceptEncoding(t *testing.T) {
	p := start(t)
	for _, o := range p.operationsWithJSONBody() {
		c := p.validCall(o)
		sendPlainText(&c)
		if accepted := p.sendCall(c).Header.Values("Accept-Encoding"); len(accepted) > 0 {
			t.Errorf("%s: a refused media type has Accept-Encoding %q, want none", o, accepted)
		}
	}
}
