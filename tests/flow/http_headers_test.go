package flow

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

func TestAValidRequestIDIsUsed(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		for _, id := range []string{"a", "b6f2c0d8-1e4a.4c0f_X", strings.Repeat("9", 64)} {
			d := p.newDevice()
			r := d.wantError(http.StatusUnauthorized, "not_authenticated", "GET", "/user/me", nil, requestIDHeader, id)
			if got := r.Header.Get(requestIDHeader); got != id {
				t.Errorf("%s of the response = %q, want %q", requestIDHeader, got, id)
			}
			if got := r.Field("request_id"); got != id {
				t.Errorf("request_id of the error = %q, want %q", got, id)
			}
		}
	})
}

func TestAnInvalidRequestIDIsReplaced(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		seen := map[string]bool{}
		for _, id := range []string{"", "a b", strings.Repeat("9", 65), "é", "a\"b", "<script>", "a;b", "{}"} {
			r := p.newDevice().Want(http.StatusOK, "GET", "/healthz", nil, requestIDHeader, id)
			got := r.Header.Get(requestIDHeader)
			if !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(got) || seen[got] {
				t.Errorf("request id instead of %q = %q, want 16 new hex digits", id, got)
			}
			seen[got] = true
		}
	})
}

func TestHeadIsGetWithoutABody(t *testing.T) {
	p := start(t, config(t))
	d := p.tcpDevice()
	ada := d.Login(client.Number())
	for _, path := range []string{"/healthz", "/chatroom", "/user/me", "/openapi.json", "/subscribe/status"} {
		want := ada.Want(http.StatusOK, "GET", path, nil).Header.Get("Content-Type")
		head := ada.Want(http.StatusOK, "HEAD", path, nil)
		if len(head.Body) != 0 {
			t.Errorf("HEAD %s: the response has a body of %d bytes, want none", path, len(head.Body))
		}
		if got := head.Header.Get("Content-Type"); got != want {
			t.Errorf("HEAD %s: Content-Type = %q, want %q as for GET", path, got, want)
		}
	}
	r := d.Want(http.StatusUnauthorized, "HEAD", "/user/me", nil)
	if got := r.Header.Get("WWW-Authenticate"); got != "Bearer" {
		t.Errorf("HEAD without a token: WWW-Authenticate = %q, want Bearer", got)
	}
}

// checkHeaders checks headers of a response, by name.
func checkHeaders(t testing.TB, r client.Response, request string, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got := r.Header.Get(name); got != value {
			t.Errorf("%s: %s = %q, want %q", request, name, got, value)
		}
	}
}

func TestResponsesHaveSecurityHeaders(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		for path, status := range map[string]int{
			"/healthz": 200, "/openapi.json": 200, "/user/me": 401, "/nope": 404, "/auth/signup": 405,
		} {
			checkHeaders(t, p.newDevice().Want(status, "GET", path, nil), path, map[string]string{
				"Cache-Control":             "no-store",
				"Content-Security-Policy":   "default-src 'none'; frame-ancestors 'none'",
				"Referrer-Policy":           "no-referrer",
				"X-Content-Type-Options":    "nosniff",
				"X-Frame-Options":           "DENY",
				"Strict-Transport-Security": "",
				"Server":                    "",
				"X-Powered-By":              "",
			})
		}
	})
}
