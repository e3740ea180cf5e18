package hostile

import (
	"strings"
	"testing"
)

// invalidParameters contains values of query parameters that break their rules, escaped
// for a URL, by parameter.
var invalidParameters = map[string][]string{
	"limit": {
		"", "0", "101", "-1", "x", "1.5", "1e1", "0x10", "1,2", "1;2", "null",
		"99999999999999999999", "-99999999999999999999",
		"%00", "%ff", "%20", "%zz", "1%00", canary,
	},
	"wait": {
		"", "-1", "31", "x", "1.5", "1s", "99999999999999999999",
		"%00", "%zz", canary,
	},
	"q": {
		"", "%00", "%ff", "%zz", "a%00" + canary, strings.Repeat("a", 201), strings.Repeat("%C3%A9", 201),
	},
	"format": {
		"", "HTML", "text", "html,html", "html ", "%00", "%ff", "%zz", "html%00", canary,
	},
	"cursor": {
		"", "0", "=", "%00", "%ff", "%zz", canary, strings.Repeat("A", 10_000),
		encodeCursor(""), encodeCursor("r"), encodeCursor("r|"), encodeCursor("r||"), encodeCursor("|||"),
		encodeCursor("r|" + canary + "|1|2"),
	},
	"before": {
		"", "0", "-1", "%00", "%ff", "%zz", canary, strings.Repeat("A", 10_000),
		encodeCursor("b||1"),
	},
	"after": {
		"", "0", "-1", "%00", "%ff", "%zz", canary, strings.Repeat("A", 10_000),
		encodeCursor("a||1"),
	},
}

func TestInvalidQueryParametersAreRefused(t *testing.T) {
	p := start(t)
	for _, o := range p.operations() {
		c := p.validCall(o)
		for _, parameter := range o.Parameters {
			if parameter.In != "query" {
				continue
			}
			values := invalidParameters[parameter.Name]
			if len(values) == 0 {
				t.Errorf("%s: this test has no invalid values for the parameter %s", o, parameter.Name)
			}
			path := c.path
			if parameter.Required {
				path = o.Path // of two values of a parameter only one counts
			}
			queries := []string{parameter.Name}
			for _, value := range values {
				queries = append(queries, parameter.Name+"="+value)
			}
			for _, query := range queries {
				invalid := c
				invalid.path = addQuery(path, query)
				name := o.Method + " " + invalid.path[:min(200, len(invalid.path))]
				wantInvalidRequest(t, name, p.sendCall(invalid))
			}
		}
	}
	p.checkNoCanaryInLog()
}
