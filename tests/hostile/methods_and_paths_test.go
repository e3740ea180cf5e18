package hostile

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestUndocumentedMethodsGet405WithAllow(t *testing.T) {
	p := start(t)
	d := p.document()
	owner := p.newRoomOwner()
	methods := []string{
		"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT",
		"PROPFIND", "get", "UNKNOWN",
	}
	for path := range d.Paths {
		allowed := d.allowedMethods(path)
		for _, method := range methods {
			if slices.Contains(allowed, method) {
				continue
			}
			for _, roomID := range []string{owner.roomID, "..%2f", "%ff"} {
				o := &operation{Method: method, Path: path}
				p.checkMethodNotAllowed(t, call{op: o, path: o.pathOf(roomID, roomID), token: owner.Token}, allowed)
			}
		}
	}
	p.checkNoCanaryInLog()
}

func (p *program) checkMethodNotAllowed(t *testing.T, c call, allowed []string) {
	t.Helper()
	r := p.sendCall(c)
	name := c.op.Method + " " + c.path
	wantProblem(t, name, r, http.StatusMethodNotAllowed, "method_not_allowed")
	got := strings.Split(r.Header.Get("Allow"), ", ")
	slices.Sort(got)
	if !slices.Equal(got, allowed) {
		t.Errorf("%s: the header Allow lists %q, want %q", name, got, allowed)
	}
}

// allowedMethods returns the sorted methods of a path. A path with GET also allows HEAD.
func (d *document) allowedMethods(path string) []string {
	var methods []string
	for _, o := range d.Paths[path] {
		methods = append(methods, o.Method)
	}
	if slices.Contains(methods, "GET") {
		methods = append(methods, "HEAD")
	}
	slices.Sort(methods)
	return methods
}

func TestHeadReturnsTheStatusAndContentTypeOfGet(t *testing.T) {
	p := start(t)
	for _, o := range p.operations() {
		if o.Method != "GET" {
			continue
		}
		c := p.validCall(o)
		get, head := p.sendCall(c), send(p.device(c.token), "HEAD", c.path, nil)
		getType, headType := get.Header.Get("Content-Type"), head.Header.Get("Content-Type")
		if head.Status != get.Status || headType != getType {
			t.Errorf("%s: status %d and Content-Type %q, but with HEAD %d and %q; want no difference",
				o, get.Status, getType, head.Status, headType)
		}
	}
}

func TestUnknownPathsGet404(t *testing.T) {
	p := start(t)
	owner := p.newRoomOwner()
	room := "/chatroom/" + owner.roomID
	for _, path := range []string{
		"/",
		"/" + canary,
		"/chatroom/",
		room + "/",
		room + "/message/x",
		room + "/messages/" + owner.replyID + "/x",
		"//chatroom",
		"/CHATROOM",
		"/chatroom%2f" + owner.roomID,
		"/auth",
		"/auth/login/",
		"/user",
		"/%ff",
		"/%00",
		"/.",
		"/..",
		"/../user/me",
		"/user/../user/me",
		"/user/me;a=b",
		"/.git/config",
		"/debug/pprof/",
		"/metrics",
		"/" + strings.Repeat("a/", 10_000),
	} {
		for _, method := range []string{"GET", "POST", "DELETE", "OPTIONS", "PROPFIND"} {
			name := method + " " + path[:min(60, len(path))]
			wantNotFound(t, name, send(p.device(owner.Token), method, path, nil))
		}
	}
	p.checkNoCanaryInLog()
}
