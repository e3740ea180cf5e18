package flow

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
)

// goesBack is a configuration with a frontend and an app.
var goesBack = []string{"FRONTEND_URL", "https://app.example/chat", "CHECKOUT_RETURN_URLS", "myapp://subscription,https://app.example/links"}

func TestWhereTheCheckoutLeadsBackTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := indoors(t, config(t, goesBack...))
		const success, cancel = "https://app.example/chat/subscription/success", "https://app.example/chat/subscription/cancel"
		for _, c := range []struct {
			body         any
			paid, unpaid string
		}{
			{nil, success, cancel},
			{[]byte(""), success, cancel},
			{object{}, success, cancel},
			{object{"success_url": "myapp://subscription/success?a=b"}, "myapp://subscription/success?a=b", cancel},
			{object{"cancel_url": "https://app.example/links/no"}, success, "https://app.example/links/no"},
			{object{"success_url": "https://app.example/chat/paid", "cancel_url": "myapp://subscription"}, "https://app.example/chat/paid", "myapp://subscription"},
		} {
			d := p.inside().login(number())
			page := d.want(http.StatusCreated, "POST", "/subscribe/pro", c.body).Get("url")
			if left := p.press(page, "abandon"); left != c.unpaid {
				t.Errorf("%v: leaving leads to %s", c.body, left)
			}
			if paid := p.press(page, "pay"); paid != c.paid {
				t.Errorf("%v: paying leads to %s", c.body, paid)
			}
		}
		p.buys(d)
		d.want(http.StatusCreated, "POST", "/subscribe/portal", object{"return_url": "myapp://subscription/back"})
		refused(t, d.want(http.StatusConflict, "POST", "/subscribe/pro", object{"success_url": "myapp://subscription"}), 409, "already_pro")
	})
}

// What is not listed is refused by its field, and not repeated, whoever asks.
func TestPagesThatAreNotListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := indoors(t, config(t, goesBack...))
		pro := p.inside().login(number())
		p.buys(pro)
		for _, asked := range []string{"https://canary.example/chat", "https://app.example", "myapp://canary", "javascript://subscription/%0acanary", "https://app.example/chat/../canary", "", "https://app.example/chat/" + strings.Repeat("canary", 400)} {
			for at, fields := range map[string][]string{"/subscribe/pro": {"success_url", "cancel_url"}, "/subscribe/portal": {"return_url"}} {
				body := object{}
				for _, field := range fields {
					body[field] = asked
				}
				for _, who := range []device{d, pro} {
					a := who.refused(http.StatusUnprocessableEntity, "invalid_request", "POST", at, body)
					for _, field := range fields {
						if !strings.Contains(string(a.Body), fmt.Sprintf(`"field":%q`, field)) || strings.Contains(string(a.Body), "canary") {
							t.Errorf("%s %q: %s", at, asked, a.Body)
						}
					}
				}
			}
		}
		d.tier("Basic", "none")
	})
}

// A body may be left out; one that is there is judged as any other.
func TestOptionalBodies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := indoors(t, config(t, goesBack...))
		p.buys(d)
		for _, media := range []string{"", "application/json", "text/plain", "application/x-www-form-urlencoded"} {
			d.want(http.StatusCreated, "POST", "/subscribe/portal", []byte(""), "Content-Type", media)
		}
		for _, c := range []struct {
			body, media, code string
			status            int
		}{
			{"return_url=myapp://subscription", "application/x-www-form-urlencoded", "unsupported_media_type", 415}, {"{}", "", "unsupported_media_type", 415},
			{" ", "application/json", "malformed_body", 400}, {"{", "application/json", "malformed_body", 400}, {`{"return_url":"myapp://subscription"}x`, "application/json", "malformed_body", 400},
			{"null", "application/json", "invalid_request", 422}, {"[]", "application/json", "invalid_request", 422}, {`{"return_url":null}`, "application/json", "invalid_request", 422},
			{`{"return_url":7}`, "application/json", "invalid_request", 422}, {`{"Return_URL":"myapp://subscription"}`, "application/json", "invalid_request", 422}, {`{"success_url":"myapp://subscription"}`, "application/json", "invalid_request", 422},
			{strings.Repeat(" ", mib+1), "application/json", "body_too_large", 413},
		} {
			d.refused(c.status, c.code, "POST", "/subscribe/portal", []byte(c.body), "Content-Type", c.media)
		}
		for range 2 {
			p.inside().want(http.StatusUnauthorized, "POST", "/subscribe/pro", []byte("{"))
		}
	})
}
