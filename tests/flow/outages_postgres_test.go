//go:build linux

package flow

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/rig"
)

// cuttable is the way to a database, and its URL on that way.
func cuttable(t *testing.T, database string) (*rig.Proxy, string) {
	t.Helper()
	at, err := url.Parse(database)
	if err != nil {
		t.Fatal("this is no URL")
	}
	port, err := strconv.Atoi(at.Port())
	if err != nil {
		port = 5432
	}
	way := rig.NewProxy(t, port)
	at.Host = rig.Loopback(way.Port)
	return way, at.String()
}

// request is a call that needs the store.
type request struct {
	method, path string
	body         any
}

// requests are of one with a number and a room.
func requests(n, room string) []request {
	return []request{
		{"GET", "/user/me", nil},
		{"PATCH", "/user/me", object{"name": "Ada"}},
		{"DELETE", "/user/me", nil},
		{"GET", "/chatroom", nil},
		{"POST", "/chatroom", object{"name": "other"}},
		{"GET", "/chatroom/" + room + "/messages", nil},
		{"POST", "/chatroom/" + room + "/message", object{"content": "again"}},
		{"GET", "/subscribe/status", nil},
		{"POST", "/subscribe/pro", nil},
		{"POST", "/auth/signup", object{"mobile_number": number()}},
		{"POST", "/auth/send-otp", object{"mobile_number": number()}},
		{"POST", "/auth/verify-otp", object{"mobile_number": n, "otp": "123456"}},
		{"POST", "/auth/login", object{"mobile_number": n, "password": "correct horse"}},
		{"POST", "/auth/forgot-password", object{"mobile_number": number()}},
	}
}

// While Postgres is away whoever asks is told to come back, and then served again.
func TestPostgresIsAway(t *testing.T) {
	way, database := cuttable(t, schema(t))
	stack = []string{"DATABASE_URL", database}
	defer func() { stack = nil }()
	p, n := start(t, config(t)), number()
	d := p.device().login(n)
	room := d.room("r")
	d.done(d.ask(room, "hello"), "You said: hello")
	way.Cut()
	for i, r := range requests(n, room) {
		p.putOff(d, r, fmt.Sprint("away", i))
	}
	if log := p.log.String(); !strings.Contains(log, "the system is away: ") || strings.Contains(log, "code=internal") {
		t.Errorf("logged: %s", log)
	}
	way.Mend()
	d.done(d.ask(room, "again"), "You said: again")
}

// putOff checks that a request is told to come back, and the log once why.
func (p *program) putOff(d device, r request, name string) {
	p.t.Helper()
	a := d.refused(http.StatusServiceUnavailable, "unavailable", r.method, r.path, r.body, "X-Request-Id", name)
	checkProblem(p.t, a)
	if a.Header.Get("Retry-After") != "1" || strings.Contains(string(a.Body), "dial") {
		p.t.Errorf("%s %s: Retry-After %q, %s", r.method, r.path, a.Header.Get("Retry-After"), a.Body)
	}
	p.logged("level=ERROR", `msg="request failed"`, "request_id="+name, "status=503", "code=unavailable")
	if told := strings.Count(p.log.String(), "request_id="+name+" "); told != 1 {
		p.t.Errorf("%s %s: told %d times", r.method, r.path, told)
	}
}
