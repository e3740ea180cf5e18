package flow

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/tests/client"
)

// checkProblem checks that an error response has all fields of RFC 9457 and of our API, and no others.
func checkProblem(t testing.TB, r client.Response) {
	t.Helper()
	var problem map[string]any
	if err := r.Decode(&problem); err != nil {
		t.Fatalf("decode the error: %v", err)
	}
	for name, want := range map[string]any{
		"type":       "about:blank",
		"title":      http.StatusText(r.Status),
		"status":     float64(r.Status),
		"request_id": r.Header.Get("X-Request-Id"),
	} {
		if got := problem[name]; got != want {
			t.Errorf("%s = %v, want %v: %s", name, got, want, r.Body)
		}
	}
	for _, name := range []string{"detail", "code"} {
		if text, _ := problem[name].(string); text == "" {
			t.Errorf("an error needs a %s: %s", name, r.Body)
		}
	}
	if got := r.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("Content-Type of an error = %q, want application/problem+json", got)
	}
	names := []string{"type", "title", "status", "detail", "code", "request_id", "errors"}
	for name := range problem {
		if !slices.Contains(names, name) {
			t.Errorf("the error has the unknown field %s: %s", name, r.Body)
		}
	}
	if _, exists := problem["errors"]; exists != (problem["code"] == "invalid_request") {
		t.Errorf("errors exists = %v, want it only with the code invalid_request: %s", exists, r.Body)
	}
}

// errorCase is a request and the error that it gets.
type errorCase struct {
	device  device
	status  int
	code    string
	route   string
	body    any
	headers []string
}

// errorCases returns one request for each error. Ada is logged in with the number n and has
// used up her quota in the room; d is not logged in.
func errorCases(d, ada device, n, room string) []errorCase {
	message := "POST /chatroom/" + room + "/message"
	hi := object{"content": "hi"}
	return []errorCase{
		{device: d, status: 400, code: "invalid_otp", route: "POST /auth/verify-otp", body: codeBody(n, "000000")},
		{
			device: d, status: 400, code: "invalid_otp", route: "POST /auth/reset-password",
			body: resetBody(n, "000000", "battery staple"),
		},
		{
			device: ada, status: 400, code: "wrong_password", route: "POST /auth/change-password",
			body: object{"new_password": "battery staple"},
		},
		{device: d, status: 400, code: "malformed_body", route: "POST /auth/login", body: []byte("{")},
		{
			device: d, status: 400, code: "invalid_signature", route: "POST /subscribe/webhook",
			body: object{"id": "evt_1"}, headers: []string{"Stripe-Signature", "t=1,v1=00"},
		},
		{device: d, status: 401, code: "not_authenticated", route: "GET /user/me"},
		{
			device: d, status: 401, code: "invalid_token", route: "GET /user/me",
			headers: []string{"Authorization", "Bearer x"},
		},
		{
			device: d, status: 401, code: "invalid_credentials", route: "POST /auth/login",
			body: object{"mobile_number": n, "password": "x"},
		},
		{device: ada, status: 404, code: "not_found", route: "GET /chatroom/x"},
		{device: d, status: 404, code: "not_found", route: "GET /nope"},
		{device: d, status: 405, code: "method_not_allowed", route: "PUT /chatroom"},
		{device: ada, status: 409, code: "not_subscribed", route: "POST /subscribe/portal"},
		{device: d, status: 413, code: "body_too_large", route: "POST /auth/login", body: make([]byte, mib+1)},
		{
			device: d, status: 415, code: "unsupported_media_type", route: "POST /auth/login",
			body: object{}, headers: []string{"Content-Type", "text/plain"},
		},
		{device: d, status: 422, code: "invalid_request", route: "POST /auth/login", body: object{}},
		{device: ada, status: 422, code: "invalid_request", route: "GET /chatroom?limit=0"},
		{device: ada, status: 422, code: "invalid_request", route: "GET /chatroom?cursor=x"},
		{
			device: ada, status: 422, code: "invalid_request", route: message,
			body: hi, headers: []string{idempotencyKey, ""},
		},
		{
			device: ada, status: 422, code: "idempotency_mismatch", route: message,
			body: hi, headers: []string{idempotencyKey, "k"},
		},
		{device: ada, status: 429, code: "quota_exhausted", route: message, body: hi},
		{
			device: d, status: 429, code: "rate_limited", route: "POST /auth/send-otp",
			body: object{"mobile_number": n},
		},
	}
}

func TestAllErrorsAreProblems(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		d, n := p.newDevice(), client.Number()
		ada := d.Login(n)
		ada.Want(http.StatusOK, "POST", "/auth/change-password", object{"new_password": "correct horse"})
		room := ada.NewRoom("Errors")
		for _, text := range []string{"one", "two", "three", "four"} {
			ada.Send(room, text)
		}
		ada.Send(room, "five", idempotencyKey, "k")
		for _, c := range errorCases(d, ada, n, room) {
			method, path, _ := strings.Cut(c.route, " ")
			r := c.device.wantError(c.status, c.code, method, path, c.body, c.headers...)
			checkProblem(t, r)
			if got := r.Header.Get("Retry-After"); (got != "") != (c.status == 429) {
				t.Errorf("%s: Retry-After of a %d = %q, want it with 429 only", c.route, c.status, got)
			}
			if got := r.Header.Get("WWW-Authenticate"); (got == "Bearer") != (c.status == 401) {
				t.Errorf("%s: WWW-Authenticate of a %d = %q, want Bearer with 401 only", c.route, c.status, got)
			}
		}
	})
}

const internalDetail = "canary: details of an internal error"

// failingMessageCount is ports.MessageCounts whose Count fails, or panics.
type failingMessageCount struct {
	ports.MessageCounts
	panics bool
}

func (f *failingMessageCount) Count(context.Context, id.ID, quota.Day) (int, error) {
	if f.panics {
		panic(internalDetail)
	}
	return 0, errors.New(internalDetail)
}

// option makes the program use f.
func (f *failingMessageCount) option() boot.Option {
	return boot.Wrap(func(m ports.MessageCounts) ports.MessageCounts {
		f.MessageCounts = m
		return f
	})
}

func TestInternalErrorsRevealNoDetails(t *testing.T) {
	f := &failingMessageCount{}
	inBubble(t, func(t *testing.T, p *program) {
		d := p.newDevice().Login(client.Number())
		for _, f.panics = range []bool{false, true} {
			r := d.wantError(http.StatusInternalServerError, "internal", "GET", "/user/me", nil)
			checkProblem(t, r)
			if strings.Contains(string(r.Body), "canary") || r.Field("detail") != "Something went wrong on our side." {
				t.Errorf("error (after a panic: %v) = %s, want no details", f.panics, r.Body)
			}
		}
		d.Want(http.StatusOK, "GET", "/healthz", nil)
	}, f.option())
}

func TestUnknownPathsAreNotFound(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		for _, path := range []string{
			"/", "/nope", "/chatroom/", "/chatroom/x/nope", "/auth", "/auth/signup/", "//healthz", "/Healthz",
			"/chatroom%2Fx", "/user/me%00",
		} {
			for _, method := range []string{"GET", "POST", "DELETE", "HEAD", "BREW"} {
				checkProblem(t, p.newDevice().wantError(http.StatusNotFound, "not_found", method, path, nil))
			}
		}
	})
}

func TestOtherMethodsOfARouteAreNotAllowed(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		for route, allow := range map[string]string{
			"DELETE /chatroom":          "GET, HEAD, POST",
			"POST /chatroom/x":          "GET, HEAD, PATCH, DELETE",
			"PUT /user/me":              "GET, HEAD, PATCH, DELETE",
			"GET /auth/signup":          "POST",
			"HEAD /auth/login":          "POST",
			"OPTIONS /healthz":          "GET, HEAD",
			"BREW /healthz":             "GET, HEAD",
			"TRACE /chatroom/x/message": "POST",
			"PUT /chatroom/a%2Fb":       "GET, HEAD, PATCH, DELETE",
			"POST /openapi.json":        "GET, HEAD",
		} {
			method, path, _ := strings.Cut(route, " ")
			r := p.newDevice().wantError(http.StatusMethodNotAllowed, "method_not_allowed", method, path, nil)
			checkProblem(t, r)
			if got := r.Header.Get("Allow"); got != allow {
				t.Errorf("%s: Allow = %q, want %q", route, got, allow)
			}
		}
	})
}
