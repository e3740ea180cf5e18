package hostile

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

// fit checks what holds for every answer: no fault of the program's own, and a problem if it is a refusal.
func fit(t *testing.T, what string, a client.Answer) {
	t.Helper()
	if a.Status >= http.StatusInternalServerError || a.Status < http.StatusOK {
		t.Fatalf("%s: %d %s", what, a.Status, a.Body)
	}
	if a.Status >= http.StatusBadRequest {
		refused(t, what, a, a.Status, a.Get("code"))
	}
}

// FuzzBody sends any bytes to any operation that takes a body.
func FuzzBody(f *testing.F) {
	p := start(f)
	d := parse(f, p.OpenAPI())
	var calls []call
	for _, o := range d.operations() {
		if o.RequestBody == nil || o.Path == "/auth/change-password" { // a password set would end the session
			continue
		}
		c := p.honest(d, o)
		calls = append(calls, c)
		if c.raw == nil {
			c.raw = encode(f, c.body)
		}
		f.Add(uint8(len(calls)-1), c.raw, "application/json")
	}
	for _, b := range spoil(`{"name":"A room"}`) {
		if len(b.body) < 10_000 {
			f.Add(uint8(0), b.body, "application/json")
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, body []byte, media string) {
		p, c := p.in(t), calls[int(which)%len(calls)]
		r := p.request(c.op.Method, c.path, c.token, bytes.NewReader(body), append([]string{"Content-Type", media}, c.headers...)...)
		fit(t, c.op.String(), p.raw(peer(), r))
	})
}

// FuzzQuery asks with any query, and any values of the headers that are read.
func FuzzQuery(f *testing.F) {
	p := start(f)
	r := p.reader()
	paths := []string{"/chatroom", "/chatroom/" + r.room + "/messages", "/chatroom/" + r.room + "/messages/" + r.message, "/user/me"}
	f.Add(uint8(0), "limit=1&cursor="+r.rooms, "Bearer "+r.token, "id", "192.0.2.1")
	f.Add(uint8(1), "before="+r.before, "bearer  "+r.token, "", "2001:db8::1, junk")
	f.Add(uint8(1), "after="+r.after, "Bearer "+r.token, "\xff", ",")
	f.Add(uint8(2), "wait=0", "", "a b", "::ffff:192.0.2.1%eth0")
	f.Fuzz(func(t *testing.T, which uint8, query, authorization, requestID, forwarded string) {
		p := p.in(t)
		q := p.request("GET", paths[int(which)%len(paths)], "", nil, "X-Request-Id", requestID, "X-Forwarded-For", forwarded)
		q.URL.RawQuery = query
		q.Header["Authorization"] = []string{authorization}
		fit(t, "GET "+query, p.raw(peer(), q))
		q.Header["Authorization"] = []string{"Bearer " + r.token}
		fit(t, "GET "+query, p.raw(peer(), q))
	})
}

// FuzzPath asks for any path with any method.
func FuzzPath(f *testing.F) {
	p := start(f)
	v := p.victim()
	before := p.everything(v)
	other := p.person()
	for _, path := range []string{"chatroom/" + v.room, "chatroom/" + v.room + "/messages/" + v.message, "chatroom//messages", "%2e%2e/%00%ff", "openapi.json", "healthz"} {
		f.Add("GET", path)
		f.Add("DELETE", path)
		f.Add("FOO", path)
	}
	f.Fuzz(func(t *testing.T, method, path string) {
		r, err := http.NewRequest(method, "/"+path, nil)
		if err != nil || strings.HasPrefix(path, "pretend") || strings.HasPrefix(path, "docs") { // pages for browsers
			return
		}
		r.Header.Set("Authorization", "Bearer "+other.token)
		fit(t, method+" "+path, p.raw(peer(), r))
		if now := p.in(t).everything(v); now != before {
			t.Fatalf("%s %s changed\n%s\nto\n%s", method, path, before, now)
		}
	})
}
