package flow

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/tests/client"
)

func TestRequestsWithoutAValidTokenAreRefused(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		d := p.newDevice()
		token := d.Login(client.Number()).Token
		header, rest, _ := strings.Cut(token, ".") // a JWT: header.payload.signature
		payload, _, _ := strings.Cut(rest, ".")
		const unsignedHeader = "eyJhbGciOiJub25lIn0" // {"alg":"none"}
		missing := []string{"", "Bearer", "Bearer ", "Basic " + token, token}
		invalid := []string{
			"Bearer nonsense",
			"Bearer " + token + "x",
			"Bearer " + token[:len(token)-1],
			"Bearer " + header + "." + rest[1:],
			"Bearer " + unsignedHeader + "." + payload + ".",
			"Bearer " + strings.Repeat("a", 5000),
		}
		for _, authorization := range missing {
			d.wantUnauthorized("not_authenticated", "Not authenticated", authorization)
		}
		for _, authorization := range invalid {
			d.wantUnauthorized("invalid_token", "Could not validate credentials", authorization)
		}
		d.Want(http.StatusOK, "GET", "/user/me", nil, "Authorization", "bearer  "+token)
	})
}

// wantUnauthorized fails the test unless a request with this Authorization header is refused with 401.
func (d device) wantUnauthorized(code, detail, authorization string) {
	d.Helper()
	r := d.wantError(http.StatusUnauthorized, code, "GET", "/user/me", nil, "Authorization", authorization)
	checkFields(d.TB, r, map[string]string{"detail": detail})
	if got := r.Header.Get("WWW-Authenticate"); got != "Bearer" {
		d.Errorf("WWW-Authenticate after Authorization %q = %q, want Bearer", authorization, got)
	}
}

// The token is checked before the body.
func TestEveryProtectedRouteRequiresAToken(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		for _, route := range []string{
			"POST /auth/change-password",
			"POST /auth/change-number",
			"POST /auth/change-number/verify",
			"POST /auth/logout",
			"GET /user/me",
			"PATCH /user/me",
			"GET /user/me/export",
			"GET /chatroom",
			"POST /chatroom",
			"GET /chatroom/x",
			"PATCH /chatroom/x",
			"DELETE /chatroom/x",
			"POST /chatroom/x/message",
			"GET /chatroom/x/messages",
			"GET /chatroom/x/messages/y",
			"POST /subscribe/pro",
			"GET /subscribe/status",
			"GET /subscription/status",
			"POST /subscribe/cancel",
			"POST /subscribe/resume",
			"POST /subscribe/portal",
		} {
			method, path, _ := strings.Cut(route, " ")
			body := []byte("not JSON")
			d := p.newDevice()
			d.wantError(http.StatusUnauthorized, "not_authenticated", method, path, body)
			d.wantError(http.StatusUnauthorized, "invalid_token", method, path, body, "Authorization", "Bearer x")
		}
	})
}

func TestTokensExpireAfterADay(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		d := p.newDevice().Login(client.Number())
		time.Sleep(24*time.Hour - time.Microsecond)
		d.checkLoggedIn("a device just before a day has passed", true)
		time.Sleep(time.Microsecond)
		d.checkLoggedIn("a device after a day", false)
	})
}

func TestTheTokenLifetimeCanBeConfigured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := start(t, config(t, "ACCESS_TOKEN_EXPIRE_MINUTES", "1"), boot.InProcess())
		d, n := p.newDevice(), client.Number()
		r := d.Want(http.StatusOK, "POST", "/auth/verify-otp", codeBody(n, d.requestCode("send-otp", n)))
		checkFields(t, r, map[string]string{"expires_in": "60"})
		time.Sleep(time.Minute)
		d.As(r.Field("access_token")).checkLoggedIn("a device after the configured minute", false)
	})
}
