//go:build linux

package flow

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// proxied starts a proxy in front of a database. It returns the proxy and the URL of
// the database through the proxy.
func proxied(t *testing.T, databaseURL string) (*rig.Proxy, string) {
	t.Helper()
	address, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatalf("TEST_DATABASE_URL must be a URL: %v", err)
	}
	port, err := strconv.Atoi(address.Port())
	if err != nil {
		port = 5432
	}
	proxy := rig.NewProxy(t, port)
	address.Host = rig.Loopback(proxy.Port)
	return proxy, address.String()
}

// request is an HTTP request.
type request struct {
	method, path string
	body         any
}

// requestsToTheStore returns one request for each route that uses the store, as a
// user with this number and room sends them.
func requestsToTheStore(number, room string) []request {
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
		{"POST", "/auth/signup", object{"mobile_number": client.Number()}},
		{"POST", "/auth/send-otp", object{"mobile_number": client.Number()}},
		{"POST", "/auth/verify-otp", codeBody(number, "123456")},
		{"POST", "/auth/login", object{"mobile_number": number, "password": "correct horse"}},
		{"POST", "/auth/forgot-password", object{"mobile_number": client.Number()}},
	}
}

func TestRequestsAreUnavailableWhilePostgresIsDown(t *testing.T) {
	proxy, databaseURL := proxied(t, newSchema(t))
	useStack(t, []string{"DATABASE_URL", databaseURL})
	p, n := start(t, config(t)), client.Number()
	d := p.tcpDevice().Login(n)
	room := d.NewRoom("r")
	d.checkAnswer(d.Send(room, "hello"), "You said: hello")
	proxy.Cut()
	for i, r := range requestsToTheStore(n, room) {
		p.checkUnavailable(d, r, fmt.Sprint("outage", i))
	}
	if log := p.Log.String(); !strings.Contains(log, "system unavailable: ") || strings.Contains(log, "code=internal") {
		t.Errorf("the log must say that Postgres is unavailable, and no internal error:\n%s", log)
	}
	proxy.Restore()
	d.checkAnswer(d.Send(room, "again"), "You said: again")
}

// checkUnavailable checks that a request is refused as unavailable, does not show
// the cause to the client, and is logged once.
func (p *program) checkUnavailable(d device, r request, requestID string) {
	p.t.Helper()
	headers := []string{requestIDHeader, requestID}
	res := d.wantError(http.StatusServiceUnavailable, "unavailable", r.method, r.path, r.body, headers...)
	checkProblem(p.t, res)
	if got := res.Header.Get("Retry-After"); got != "1" {
		p.t.Errorf("%s %s: Retry-After = %q, want 1", r.method, r.path, got)
	}
	if strings.Contains(string(res.Body), "dial") {
		p.t.Errorf("%s %s: the response contains the error of the connection: %s", r.method, r.path, res.Body)
	}
	p.checkLogged("level=ERROR", `msg="request failed"`, "request_id="+requestID, "status=503", "code=unavailable")
	if n := p.Log.Count("request_id=" + requestID + " "); n != 1 {
		p.t.Errorf("%s %s: %d lines about the request, want 1", r.method, r.path, n)
	}
}
