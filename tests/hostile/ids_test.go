package hostile

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kuvaka-tech/parley/tests/client"
)

// strangeIDs name nothing of the victim's, for one who is somebody else.
func strangeIDs(foreign, own string) map[string]string {
	return map[string]string{
		"missing":       "01907e6c-5b1a-7c3e-9f00-2b7a4c1d5e6f",
		"foreign":       foreign,
		"number":        "1",
		"zero":          "0",
		"upper case":    strings.ToUpper(own),
		"braces":        "%7B" + own + "%7D",
		"no dashes":     strings.ReplaceAll(own, "-", ""),
		"version 4":     "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
		"nil":           "00000000-0000-0000-0000-000000000000",
		"parent":        "..%2f",
		"parents":       "..%2f..%2f" + own,
		"dot":           "%2e",
		"NUL":           "%00",
		"NUL after":     own + "%00",
		"not UTF-8":     "%ff",
		"blank":         "%20" + own,
		"line end":      own + "%0A",
		"percent":       "%2500",
		"quote":         "'%20OR%20'1'='1",
		"very long":     strings.Repeat("0", 5000),
		"wide digits":   "%EF%BC%91",
		"semicolon":     own + ";a=b",
		"injected":      own + "%0d%0aX-Injected:%201",
		"the word null": "null",
	}
}

// Whatever is wrong with an id, the answer is the same.
func TestIDsThatAreNotTheirsAnswerAlike(t *testing.T) {
	p := start(t)
	d := parse(t, p.OpenAPI())
	v, other := p.victim(), p.victim()
	for _, o := range d.operations() {
		var want string
		check := func(name, at string) {
			a := p.answer(call{op: o, path: at, token: other.token, body: d.sample(o)})
			refused(t, o.String()+" "+name, a, http.StatusNotFound, "not_found")
			if got := but(a, "X-Request-Id"); want == "" {
				want = got
			} else if got != want {
				t.Errorf("%s %s: %s", o, name, cmp.Diff(want, got))
			}
		}
		if strings.Contains(o.Path, "{id}") {
			for name, id := range strangeIDs(v.room, other.room) {
				check(name, o.fill(id, other.message))
			}
		}
		if strings.Contains(o.Path, "{id}/") {
			check("empty", o.fill("", other.message))
		}
		if strings.Contains(o.Path, "{mid}") {
			for name, id := range strangeIDs(v.message, other.message) {
				check("message "+name, o.fill(other.room, id))
			}
		}
	}
}

// but is a whole answer without the request's id.
func but(a client.Answer, header string) string {
	h := a.Header.Clone()
	id := h.Get(header)
	h.Del(header)
	var b bytes.Buffer
	_ = h.Write(&b) // a buffer takes everything
	return b.String() + strings.ReplaceAll(string(a.Body), id, "")
}
