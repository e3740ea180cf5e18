package flow

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/kuvaka-tech/parley/tests/client"
)

// browserAccept is the Accept header with which browsers open a page.
const browserAccept = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"

func TestBrowsersGetThePageAndItsFiles(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		for _, method := range []string{"HEAD", "GET"} {
			r := p.newDevice().Want(http.StatusOK, method, "/", nil, "Accept", browserAccept)
			checkHeaders(t, r, method+" /", map[string]string{
				"Content-Type":    "text/html; charset=utf-8",
				"Cache-Control":   "no-cache",
				"X-Frame-Options": "DENY",
			})
			if csp := r.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self'") {
				t.Errorf("%s /: Content-Security-Policy = %q, want that of the page", method, csp)
			}
		}
		page := p.newDevice().Want(http.StatusOK, "GET", "/?checkout=back", nil, "Accept", browserAccept)
		script := regexp.MustCompile(`assets/[0-9a-f]+/app\.js`).FindString(string(page.Body))
		r := p.newDevice().Want(http.StatusOK, "GET", "/"+script, nil)
		checkHeaders(t, r, "a file of the page", map[string]string{"Content-Type": "text/javascript; charset=utf-8"})
	})
}

// The page does not change what clients of the API get at "/".
func TestOtherClientsGetNoPage(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		for _, accept := range []string{"", "*/*", "application/json", "text/html;q=0.9, application/json"} {
			d := p.newDevice()
			checkProblem(t, d.wantError(http.StatusNotFound, "not_found", "GET", "/", nil, "Accept", accept))
		}
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
			d := p.newDevice()
			checkProblem(t, d.wantError(http.StatusNotFound, "not_found", method, "/", nil, "Accept", browserAccept))
		}
		checkProblem(t, p.newDevice().wantError(405, "method_not_allowed", "POST", "/assets/x/app.js", nil))
	})
}

// Without a frontend, the page may be the one to which the checkout returns.
func TestTheCheckoutReturnsToThePage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := startLoggedIn(t, config(t, "HTTP_ADDR", "127.0.0.1:8000"))
		for _, own := range []string{"http://127.0.0.1:8000/", "http://localhost:8000/?checkout=success"} {
			d := p.newDevice().Login(client.Number())
			checkout := d.Want(http.StatusCreated, "POST", "/subscribe/pro", object{"success_url": own}).Field("url")
			if got := p.press(checkout, "pay"); got != own {
				t.Errorf("paying leads to %s, want the requested page %s", got, own)
			}
		}
		for _, foreign := range []string{"http://127.0.0.1:8001/", "https://localhost:8000/", "http://evil.example/"} {
			body := object{"success_url": foreign}
			d.wantError(http.StatusUnprocessableEntity, "invalid_request", "POST", "/subscribe/pro", body)
		}
	})
}
