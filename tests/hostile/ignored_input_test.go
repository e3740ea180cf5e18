package hostile

import (
	"strings"
	"testing"
)

func TestBodiesAreIgnoredByOperationsWithoutABody(t *testing.T) {
	p := start(t)
	for _, o := range p.operationsWithoutBody() {
		for _, body := range []string{canary, "", strings.Repeat("[", 3*mib)} {
			c := p.validCall(o)
			c.rawBody = []byte(body)
			c.headers = []string{"Content-Type", "text/" + canary}
			o.checkSuccess(t, "with a body", p.sendCall(c))
		}
	}
}

func TestUndocumentedQueryParametersAreIgnored(t *testing.T) {
	p := start(t)
	for _, o := range p.operations() {
		c := p.validCall(o)
		c.path = addQuery(c.path, "utm_source="+canary)
		o.checkSuccess(t, "with an undocumented query parameter", p.sendCall(c))
	}
	p.checkNoCanaryInLog()
}

// unusedHeaders contains headers that change nothing, because the operation does not document
// them, or because they are read only in the requests of a trusted proxy or with a valid value.
var unusedHeaders = []string{
	"Accept",
	"Accept-Encoding",
	"Accept-Language",
	"Content-Language",
	"Cookie",
	"Expect",
	"Forwarded",
	"If-Match",
	"If-Modified-Since",
	"If-None-Match",
	"Last-Event-ID",
	"Origin",
	"Prefer",
	"Range",
	"Referer",
	"Traceparent",
	"User-Agent",
	"X-Forwarded-For",
	"X-Forwarded-Host",
	"X-Forwarded-Proto",
	"X-Http-Method-Override",
	"X-Real-Ip",
}

func TestInvalidValuesOfUnusedHeadersAreIgnored(t *testing.T) {
	p := start(t)
	value := canary + "\xff\x00é" + strings.Repeat("a", 10_000)
	for _, o := range p.operations() {
		c := p.validCall(o)
		for _, name := range unusedHeaders {
			if !o.hasParameter(name) {
				c.headers = append(c.headers, name, value)
			}
		}
		r := p.sendCall(c)
		o.checkSuccess(t, "with invalid headers", r)
		checkNoCanary(t, o.String(), r)
	}
	p.checkNoCanaryInLog()
}
