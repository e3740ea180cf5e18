package flow

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/kuvaka-tech/parley/cmd/parley/boot"
	"github.com/kuvaka-tech/parley/tests/client"
)

// frontendURLs is FRONTEND_URL in the tests of origins.
const frontendURLs = "https://app.example/chat, capacitor://localhost"

// inBubbleWithFrontends runs a test as inBubble does, with the frontends of frontendURLs.
func inBubbleWithFrontends(t *testing.T, test func(t *testing.T, p *program)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		test(t, start(t, config(t, "FRONTEND_URL", frontendURLs), boot.InProcess()))
	})
}

// The development server returns login codes, so a foreign website must not read its responses.
func TestInDevelopmentLoopbackPagesAndTheFrontendsMayReadResponses(t *testing.T) {
	inBubbleWithFrontends(t, func(t *testing.T, p *program) {
		for origin, allowed := range map[string]bool{
			"http://localhost:5173":   true,
			"http://127.0.0.1:3000":   true,
			"https://[::1]:8443":      true,
			"https://app.example":     true,
			"capacitor://localhost":   true,
			"https://evil.example":    false,
			"http://192.168.1.2:5173": false,
			"null":                    false,
		} {
			for path, status := range map[string]int{"/healthz": 200, "/docs": 200, "/user/me": 401, "/nope": 404} {
				r := p.newDevice().Want(status, "GET", path, nil, "Origin", origin)
				want := map[string]string{"Access-Control-Allow-Origin": "", "Access-Control-Allow-Credentials": ""}
				if allowed {
					want["Access-Control-Allow-Origin"] = origin
				}
				checkHeaders(t, r, path+" from "+origin, want)
				if vary := r.Header.Values("Vary"); !slices.Contains(vary, "Origin") {
					t.Errorf("%s from %s: Vary = %q, want Origin in it, for caches", path, origin, vary)
				}
			}
		}
	})
}

// Page scripts can read the headers that API.md names, and those that browsers always expose.
func TestHeadersAreExposedToPageScripts(t *testing.T) {
	const exposed = "allow link location ratelimit ratelimit-limit ratelimit-policy ratelimit-remaining " +
		"ratelimit-reset retry-after www-authenticate x-request-id"
	inBubble(t, func(t *testing.T, p *program) {
		for path, status := range map[string]int{"/healthz": 200, "/user/me": 401, "/auth/signup": 405} {
			r := p.newDevice().Want(status, "GET", path, nil, "Origin", "http://localhost:5173")
			names := strings.Split(strings.ToLower(r.Header.Get("Access-Control-Expose-Headers")), ", ")
			slices.Sort(names)
			if got := strings.Join(names, " "); got != exposed {
				t.Errorf("%s: exposed headers = %q, want %q", path, got, exposed)
			}
		}
	})
}

func TestPreflightRequestsAllowTheMethodsOfTheAPIAndEveryHeader(t *testing.T) {
	const requestHeaders = "authorization,cache-control,content-type,device-token,idempotency-key,x-anything"
	inBubbleWithFrontends(t, func(t *testing.T, p *program) {
		preflight := func(origin, method string) client.Response {
			return p.newDevice().Want(http.StatusNoContent, "OPTIONS", "/chatroom/x", nil,
				"Origin", origin,
				"Access-Control-Request-Method", method,
				"Access-Control-Request-Headers", requestHeaders)
		}
		for _, origin := range []string{"http://localhost:5173", "https://app.example", "capacitor://localhost"} {
			for _, method := range []string{"GET", "POST", "PATCH", "DELETE"} {
				checkHeaders(t, preflight(origin, method), "preflight of "+method, map[string]string{
					"Access-Control-Allow-Origin":  origin,
					"Access-Control-Allow-Methods": method,
					"Access-Control-Allow-Headers": requestHeaders,
					"Access-Control-Max-Age":       "600",
				})
			}
		}
		nothing := map[string]string{
			"Access-Control-Allow-Origin":  "",
			"Access-Control-Allow-Methods": "",
			"Access-Control-Allow-Headers": "",
		}
		checkHeaders(t, preflight("http://localhost:5173", "PUT"), "preflight of PUT", nothing)
		checkHeaders(t, preflight("https://evil.example", "POST"), "preflight from a foreign origin", nothing)
	})
}

func TestTheCheckoutReturnsToTheFirstFrontend(t *testing.T) {
	inBubbleWithFrontends(t, func(t *testing.T, p *program) {
		d := p.newDevice().Login(client.Number())
		const success = "https://app.example/chat/subscription/success"
		if got := p.press(d.checkoutPage(), "pay"); got != success {
			t.Errorf("paying leads to %s, want %s", got, success)
		}
		d = p.newDevice().Login(client.Number())
		const inApp = "capacitor://localhost/paid"
		page := d.Want(http.StatusCreated, "POST", "/subscribe/pro", object{"success_url": inApp}).Field("url")
		if got := p.press(page, "pay"); got != inApp {
			t.Errorf("paying leads to %s, want the requested page of the second frontend, %s", got, inApp)
		}
	})
}
