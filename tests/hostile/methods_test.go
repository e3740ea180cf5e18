package hostile

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Every path refuses every method that it is not documented with, and says which it takes.
func TestMethods(t *testing.T) {
	p := start(t)
	d := parse(t, p.OpenAPI())
	v := p.victim()
	all := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "UNKNOWN"}
	for path := range d.Paths {
		takes := d.methods(path)
		for _, method := range all {
			if slices.Contains(takes, method) {
				continue
			}
			for _, id := range []string{v.room, "..%2f", "%ff"} {
				at := (&operation{Path: path}).fill(id, id)
				a := p.send(method, at, v.token, nil)
				refused(t, method+" "+at, a, http.StatusMethodNotAllowed, "method_not_allowed")
				if got := strings.Split(a.Header.Get("Allow"), ", "); !slices.Equal(slices.Sorted(slices.Values(got)), takes) {
					t.Errorf("%s %s: Allow %q, want %q", method, at, got, takes)
				}
			}
		}
	}
	p.silentLog()
}

// methods are all that a path takes, sorted: GET brings HEAD.
func (d *document) methods(path string) []string {
	var methods []string
	for method := range d.Paths[path] {
		methods = append(methods, strings.ToUpper(method))
	}
	if slices.Contains(methods, "GET") {
		methods = append(methods, "HEAD")
	}
	slices.Sort(methods)
	return methods
}

// HEAD answers as GET does.
func TestHeadIsGetWithoutTheBody(t *testing.T) {
	p := start(t)
	d := parse(t, p.OpenAPI())
	for _, o := range d.operations() {
		if o.Method != "GET" {
			continue
		}
		c := p.honest(d, o)
		get, head := p.answer(c), p.send("HEAD", c.path, c.token, nil)
		if head.Status != get.Status || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") {
			t.Errorf("%s: %d, HEAD %d", o, get.Status, head.Status)
		}
	}
}

func TestPathsThatAreNone(t *testing.T) {
	p := start(t)
	v := p.victim()
	for _, path := range []string{"/", "/" + canary, "/chatroom/", "/chatroom/" + v.room + "/", "/chatroom/" + v.room + "/message/x", "//chatroom", "/chatroom/" + v.room + "/messages/" + v.message + "/x",
		"/CHATROOM", "/chatroom%2f" + v.room, "/auth", "/auth/login/", "/user", "/%ff", "/%00", "/.", "/..", "/../user/me", "/user/../user/me", "/user/me;a=b", "/.git/config", "/debug/pprof/", "/metrics", "/" + strings.Repeat("a/", 10_000)} {
		for _, method := range []string{"GET", "POST", "DELETE", "OPTIONS", "PROPFIND"} {
			refused(t, method+" "+path[:min(60, len(path))], p.send(method, path, v.token, nil), http.StatusNotFound, "not_found")
		}
	}
	p.silentLog()
}
