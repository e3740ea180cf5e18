package flow

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// checkProblem fails the test unless the answer is a whole problem (RFC 9457).
func checkProblem(t *testing.T, a client.Answer) {
	t.Helper()
	var p map[string]any
	if err := a.Into(&p); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"type": "about:blank", "title": http.StatusText(a.Status), "status": float64(a.Status), "request_id": a.Header.Get("X-Request-Id")}
	for name, value := range want {
		if p[name] != value {
			t.Errorf("%s is %v, want %v: %s", name, p[name], value, a.Body)
		}
	}
	if detail, _ := p["detail"].(string); detail == "" || p["code"] == "" || a.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%v %s", a.Header, a.Body)
	}
	for name := range p {
		if !slices.Contains([]string{"type", "title", "status", "detail", "code", "request_id", "errors"}, name) {
			t.Errorf("a problem has no %s: %s", name, a.Body)
		}
	}
	if _, has := p["errors"]; has != (p["code"] == "invalid_request") {
		t.Errorf("errors go with invalid_request: %s", a.Body)
	}
}

func TestEveryRefusalIsAProblem(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		d, n := p.anywhere(), number()
		ada := d.login(n)
		ada.want(http.StatusOK, "POST", "/auth/change-password", object{"new_password": "correct horse"})
		room := ada.room("Edge")
		for _, text := range []string{"one", "two", "three", "four"} {
			ada.ask(room, text)
		}
		ada.ask(room, "five", "Idempotency-Key", "k")
		in := object{"mobile_number": n, "password": "x", "otp": "000000", "new_password": "battery staple", "content": "hi"}
		only := func(names ...string) object {
			out := object{}
			for _, name := range names {
				out[name] = in[name]
			}
			return out
		}
		for _, c := range []struct {
			who    device
			status int
			code   string
			route  string
			body   any
			header []string
		}{
			{d, 400, "invalid_otp", "POST /auth/verify-otp", only("mobile_number", "otp"), nil},
			{d, 400, "invalid_otp", "POST /auth/reset-password", only("mobile_number", "otp", "new_password"), nil},
			{ada, 400, "wrong_password", "POST /auth/change-password", only("new_password"), nil},
			{d, 400, "malformed_body", "POST /auth/login", []byte("{"), nil},
			{d, 400, "invalid_signature", "POST /subscribe/webhook", object{"id": "evt_1"}, []string{"Stripe-Signature", "t=1,v1=00"}},
			{d, 401, "not_authenticated", "GET /user/me", nil, nil},
			{d, 401, "invalid_token", "GET /user/me", nil, []string{"Authorization", "Bearer x"}},
			{d, 401, "invalid_credentials", "POST /auth/login", only("mobile_number", "password"), nil},
			{ada, 404, "not_found", "GET /chatroom/x", nil, nil},
			{d, 404, "not_found", "GET /nope", nil, nil},
			{d, 405, "method_not_allowed", "PUT /chatroom", nil, nil},
			{ada, 409, "not_subscribed", "POST /subscribe/portal", nil, nil},
			{d, 413, "body_too_large", "POST /auth/login", make([]byte, 1<<20+1), nil},
			{d, 415, "unsupported_media_type", "POST /auth/login", object{}, []string{"Content-Type", "text/plain"}},
			{d, 422, "invalid_request", "POST /auth/login", object{}, nil},
			{ada, 422, "invalid_request", "GET /chatroom?limit=0", nil, nil},
			{ada, 422, "invalid_request", "GET /chatroom?cursor=x", nil, nil},
			{ada, 422, "invalid_request", "POST /chatroom/" + room + "/message", only("content"), []string{"Idempotency-Key", ""}},
			{ada, 422, "idempotency_mismatch", "POST /chatroom/" + room + "/message", only("content"), []string{"Idempotency-Key", "k"}},
			{ada, 429, "quota_exhausted", "POST /chatroom/" + room + "/message", only("content"), nil},
			{d, 429, "rate_limited", "POST /auth/send-otp", only("mobile_number"), nil},
		} {
			method, path, _ := strings.Cut(c.route, " ")
			a := c.who.refused(c.status, c.code, method, path, c.body, c.header...)
			checkProblem(t, a)
			if (a.Header.Get("Retry-After") != "") != (a.Status == 429) || (a.Header.Get("WWW-Authenticate") == "Bearer") != (a.Status == 401) {
				t.Errorf("%s: %v", c.route, a.Header)
			}
		}
	})
}

// broken is a port that fails or panics with something nobody may see.
type broken struct {
	ports.Usage
	panics bool
}

const inside = "canary: what happened inside"

func (b *broken) Used(context.Context, id.ID, quota.Day) (int, error) {
	if b.panics {
		panic(inside)
	}
	return 0, errors.New(inside)
}

func TestFaultsOnOurSideSayNothing(t *testing.T) {
	b := &broken{}
	bubble(t, func(t *testing.T, p *program) {
		d := p.anywhere().login(number())
		for _, b.panics = range []bool{false, true} {
			a := d.refused(http.StatusInternalServerError, "internal", "GET", "/user/me", nil)
			checkProblem(t, a)
			if strings.Contains(string(a.Body), "canary") || a.Get("detail") != "Something went wrong on our side." {
				t.Errorf("panics %v: %s", b.panics, a.Body)
			}
		}
		d.want(http.StatusOK, "GET", "/healthz", nil)
	}, boot.Wrap(func(u ports.Usage) ports.Usage { b.Usage = u; return b }))
}

func TestPathsAndMethodsThatAreNotThere(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		d := p.anywhere()
		for _, path := range []string{"/", "/nope", "/chatroom/", "/chatroom/x/nope", "/auth", "/auth/signup/", "//healthz", "/Healthz", "/chatroom%2Fx", "/user/me%00"} {
			for _, method := range []string{"GET", "POST", "DELETE", "HEAD", "BREW"} {
				checkProblem(t, d.refused(http.StatusNotFound, "not_found", method, path, nil))
			}
		}
		for route, allow := range map[string]string{
			"DELETE /chatroom": "GET, HEAD, POST", "POST /chatroom/x": "GET, HEAD, PATCH, DELETE", "PUT /user/me": "GET, HEAD, PATCH, DELETE", "GET /auth/signup": "POST",
			"HEAD /auth/login": "POST", "OPTIONS /healthz": "GET, HEAD", "BREW /healthz": "GET, HEAD", "TRACE /chatroom/x/message": "POST", "PUT /chatroom/a%2Fb": "GET, HEAD, PATCH, DELETE",
			"POST /openapi.json": "GET, HEAD",
		} {
			method, path, _ := strings.Cut(route, " ")
			a := d.refused(http.StatusMethodNotAllowed, "method_not_allowed", method, path, nil)
			checkProblem(t, a)
			if got := a.Header.Get("Allow"); got != allow {
				t.Errorf("%s allows %q, want %q", route, got, allow)
			}
		}
	})
}

func TestRequestIDs(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		d := p.anywhere()
		for _, sane := range []string{"a", "b6f2c0d8-1e4a.4c0f_X", strings.Repeat("9", 64)} {
			a := d.refused(http.StatusUnauthorized, "not_authenticated", "GET", "/user/me", nil, "X-Request-Id", sane)
			if a.Header.Get("X-Request-Id") != sane || a.Get("request_id") != sane {
				t.Errorf("%q became %q and %q", sane, a.Header.Get("X-Request-Id"), a.Get("request_id"))
			}
		}
		seen := map[string]bool{}
		for _, insane := range []string{"", "a b", strings.Repeat("9", 65), "é", "a\"b", "<script>", "a;b", "{}"} {
			got := d.want(http.StatusOK, "GET", "/healthz", nil, "X-Request-Id", insane).Header.Get("X-Request-Id")
			if !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(got) || seen[got] {
				t.Errorf("%q became %q", insane, got)
			}
			seen[got] = true
		}
	})
}

func TestHeadIsGetWithoutABody(t *testing.T) {
	p := start(t, config(t))
	d := p.device()
	ada := d.login(number())
	for _, path := range []string{"/healthz", "/chatroom", "/user/me", "/openapi.json", "/subscribe/status"} {
		get, head := ada.want(http.StatusOK, "GET", path, nil), ada.want(http.StatusOK, "HEAD", path, nil)
		if len(head.Body) != 0 || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") {
			t.Errorf("HEAD %s: %v, %d bytes; GET: %v", path, head.Header, len(head.Body), get.Header)
		}
	}
	if a := d.want(http.StatusUnauthorized, "HEAD", "/user/me", nil); a.Header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("without a token: %v", a.Header)
	}
}

func TestSecurityHeaders(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		d := p.anywhere()
		want := map[string]string{
			"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Referrer-Policy": "no-referrer",
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Strict-Transport-Security": "", "Server": "", "X-Powered-By": "",
		}
		for path, status := range map[string]int{"/healthz": 200, "/openapi.json": 200, "/user/me": 401, "/nope": 404, "/auth/signup": 405} {
			a := d.want(status, "GET", path, nil)
			for name, value := range want {
				if got := a.Header.Get(name); got != value {
					t.Errorf("%s: %s is %q, want %q", path, name, got, value)
				}
			}
		}
	})
}

func TestInDevelopmentAllPagesMayCall(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		d := p.anywhere()
		for path, status := range map[string]int{"/healthz": 200, "/user/me": 401, "/nope": 404} {
			a := d.want(status, "GET", path, nil, "Origin", "http://localhost:5173")
			if a.Header.Get("Access-Control-Allow-Origin") != "*" || a.Header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s: %v", path, a.Header)
			}
			exposed := strings.Split(a.Header.Get("Access-Control-Expose-Headers"), ", ")
			slices.Sort(exposed)
			if got := strings.ToLower(strings.Join(exposed, " ")); got != "link location ratelimit-limit ratelimit-remaining ratelimit-reset retry-after x-request-id" {
				t.Errorf("%s exposes %q", path, got)
			}
		}
		for _, method := range []string{"GET", "POST", "PATCH", "DELETE"} {
			a := d.want(http.StatusNoContent, "OPTIONS", "/chatroom/x", nil, "Origin", "http://localhost:5173",
				"Access-Control-Request-Method", method, "Access-Control-Request-Headers", "authorization,content-type,idempotency-key,last-event-id,x-request-id")
			if a.Header.Get("Access-Control-Allow-Methods") != method || a.Header.Get("Access-Control-Allow-Headers") == "" || a.Header.Get("Access-Control-Max-Age") != "600" {
				t.Errorf("preflight of %s: %v", method, a.Header)
			}
		}
		a := d.want(http.StatusNoContent, "OPTIONS", "/chatroom/x", nil, "Origin", "http://localhost:5173", "Access-Control-Request-Method", "PUT")
		if a.Header.Get("Access-Control-Allow-Methods") != "" {
			t.Errorf("preflight of PUT: %v", a.Header)
		}
	})
}
