package flow

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/kuvaka-tech/parley/tests/client"
)

// returnURLs are the variables that allow the URLs of a frontend, an app and a second page.
var returnURLs = []string{
	"FRONTEND_URL", "https://app.example/chat",
	"CHECKOUT_RETURN_URLS", "myapp://subscription,https://app.example/links",
}

func TestTheCheckoutReturnsToTheRequestedURLs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := startLoggedIn(t, config(t, returnURLs...))
		const success = "https://app.example/chat/subscription/success"
		const cancel = "https://app.example/chat/subscription/cancel"
		for _, c := range []struct {
			body                  any
			afterPay, afterCancel string
		}{
			{body: nil, afterPay: success, afterCancel: cancel},
			{body: []byte(""), afterPay: success, afterCancel: cancel},
			{body: object{}, afterPay: success, afterCancel: cancel},
			{
				body:        object{"success_url": "myapp://subscription/success?a=b"},
				afterPay:    "myapp://subscription/success?a=b",
				afterCancel: cancel,
			},
			{
				body:        object{"cancel_url": "https://app.example/links/no"},
				afterPay:    success,
				afterCancel: "https://app.example/links/no",
			},
			{
				body: object{
					"success_url": "https://app.example/chat/paid",
					"cancel_url":  "myapp://subscription",
				},
				afterPay:    "https://app.example/chat/paid",
				afterCancel: "myapp://subscription",
			},
		} {
			d := p.newDevice().Login(client.Number())
			page := d.Want(http.StatusCreated, "POST", "/subscribe/pro", c.body).Field("url")
			if got := p.press(page, "abandon"); got != c.afterCancel {
				t.Errorf("leaving the checkout of %v leads to %s, want %s", c.body, got, c.afterCancel)
			}
			if got := p.press(page, "pay"); got != c.afterPay {
				t.Errorf("paying in the checkout of %v leads to %s, want %s", c.body, got, c.afterPay)
			}
		}
		p.upgrade(d)
		d.Want(http.StatusCreated, "POST", "/subscribe/portal", object{"return_url": "myapp://subscription/back"})
		again := d.call("POST", "/subscribe/pro", object{"success_url": "myapp://subscription"})
		checkError(t, again, 409, "already_pro")
	})
}

// The error names the fields. It does not repeat the URLs.
func TestReturnURLsThatAreNotAllowedAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, basic := startLoggedIn(t, config(t, returnURLs...))
		pro := p.newDevice().Login(client.Number())
		p.upgrade(pro)
		for _, address := range []string{
			"",
			"https://app.example",
			"https://canary.example/chat",
			"https://app.example/chat/../canary",
			"https://app.example/chat/" + strings.Repeat("canary", 400),
			"myapp://canary",
			"javascript://subscription/%0acanary",
		} {
			for _, d := range []device{basic, pro} {
				d.wantRefusedReturnURLs("/subscribe/pro", address, "success_url", "cancel_url")
				d.wantRefusedReturnURLs("/subscribe/portal", address, "return_url")
			}
		}
		basic.checkTier("Basic", "none")
	})
}

// wantRefusedReturnURLs posts a body that has the address in all fields, and fails the
// test unless the error names each field.
func (d device) wantRefusedReturnURLs(path, address string, fields ...string) {
	d.Helper()
	body := object{}
	for _, field := range fields {
		body[field] = address
	}
	r := d.wantError(http.StatusUnprocessableEntity, "invalid_request", "POST", path, body)
	for _, field := range fields {
		if !strings.Contains(string(r.Body), fmt.Sprintf(`"field":%q`, field)) {
			d.Errorf("%s with %q: the error does not name the field %s: %s", path, address, field, r.Body)
		}
	}
	if strings.Contains(string(r.Body), "canary") {
		d.Errorf("%s with %q: the error repeats the URL: %s", path, address, r.Body)
	}
}

// A request may have no body. A body is validated like any other.
func TestTheBodyOfAPortalRequestIsOptional(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := startLoggedIn(t, config(t, returnURLs...))
		p.upgrade(d)
		const jsonType, formType = "application/json", "application/x-www-form-urlencoded"
		for _, contentType := range []string{"", jsonType, "text/plain", formType} {
			d.Want(http.StatusCreated, "POST", "/subscribe/portal", []byte(""), "Content-Type", contentType)
		}
		refused := func(body, contentType string, status int, code string) {
			t.Helper()
			d.wantError(status, code, "POST", "/subscribe/portal", []byte(body), "Content-Type", contentType)
		}
		refused("return_url=myapp://subscription", formType, 415, "unsupported_media_type")
		refused("{}", "", 415, "unsupported_media_type")
		refused(" ", jsonType, 400, "malformed_body")
		refused("{", jsonType, 400, "malformed_body")
		refused(`{"return_url":"myapp://subscription"}x`, jsonType, 400, "malformed_body")
		refused("null", jsonType, 422, "invalid_request")
		refused("[]", jsonType, 422, "invalid_request")
		refused(`{"return_url":null}`, jsonType, 422, "invalid_request")
		refused(`{"return_url":7}`, jsonType, 422, "invalid_request")
		refused(`{"Return_URL":"myapp://subscription"}`, jsonType, 422, "invalid_request")
		refused(`{"success_url":"myapp://subscription"}`, jsonType, 422, "invalid_request")
		refused(strings.Repeat(" ", mib+1), jsonType, 413, "body_too_large")
		for range 2 { // the token is checked before the body
			p.newDevice().Want(http.StatusUnauthorized, "POST", "/subscribe/pro", []byte("{"))
		}
	})
}
