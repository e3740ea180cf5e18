package flow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

const mib = 1 << 20

// padded is a signup of exactly so many bytes.
func padded(number string, size int) []byte {
	body := fmt.Appendf(nil, `{"mobile_number":%q}`, number)
	return append(body, bytes.Repeat([]byte(" "), size-len(body))...)
}

func TestABodyMayHaveOneMiB(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.anywhere().want(http.StatusCreated, "POST", "/auth/signup", padded(number(), mib))
		p.anywhere().refused(http.StatusRequestEntityTooLarge, "body_too_large", "POST", "/auth/signup", padded(number(), mib+1))
		p.anywhere().refused(http.StatusRequestEntityTooLarge, "body_too_large", "POST", "/subscribe/webhook", padded(number(), mib+1))
	})
	d := start(t, config(t)).device()
	d.want(http.StatusCreated, "POST", "/auth/signup", padded(number(), mib))
	d.refused(http.StatusRequestEntityTooLarge, "body_too_large", "POST", "/auth/signup", padded(number(), mib+1))
}

func TestTheOrderOfRefusals(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		d := p.anywhere()
		ada := p.anywhere().login(number())
		text, large := []string{"Content-Type", "text/plain"}, bytes.Repeat([]byte("{"), 2*mib)
		room := "/chatroom/00000000-0000-7000-8000-000000000000/message"
		spend(p.from("192.0.2.1"))
		p.from("192.0.2.1").refused(http.StatusTooManyRequests, "rate_limited", "POST", "/auth/signup", large, text...)
		d.refused(http.StatusUnauthorized, "not_authenticated", "POST", room, large, text...)
		ada.refused(http.StatusUnsupportedMediaType, "unsupported_media_type", "POST", room, large, text...)
		ada.refused(http.StatusRequestEntityTooLarge, "body_too_large", "POST", room, large)
		ada.refused(http.StatusBadRequest, "malformed_body", "POST", room, []byte(`{"content":" ","unknown":1`))
		ada.refused(http.StatusUnprocessableEntity, "invalid_request", "POST", room, object{"content": " "})
		ada.refused(http.StatusNotFound, "not_found", "POST", room, object{"content": "hi"})
		mine := "/chatroom/" + ada.room("Order") + "/message"
		for range 5 {
			ada.want(http.StatusAccepted, "POST", mine, object{"content": "hi"})
		}
		ada.refused(http.StatusUnprocessableEntity, "invalid_request", "POST", mine, object{"content": " "})
		ada.refused(http.StatusNotFound, "not_found", "POST", room, object{"content": "hi"})
		ada.refused(http.StatusTooManyRequests, "quota_exhausted", "POST", mine, object{"content": "hi"})
	})
}

// The limits by number come after the rules of the body, when the number is known.
func TestABrokenRuleCostsANumberNothing(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		n := number()
		p.anywhere().code("send-otp", n)
		p.anywhere().refused(http.StatusUnprocessableEntity, "invalid_request", "POST", "/auth/send-otp", object{"mobile_number": n, "unknown": 1})
		for range 12 {
			p.anywhere().refused(http.StatusUnprocessableEntity, "invalid_request", "POST", "/auth/verify-otp", object{"mobile_number": n, "otp": "12345"})
		}
		p.anywhere().refused(http.StatusBadRequest, "invalid_otp", "POST", "/auth/verify-otp", try(n, "000000"))
	})
}

func TestMediaTypes(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		for media, status := range map[string]int{
			"application/json": 422, "Application/JSON": 422, "application/json; charset=utf-8": 422, `application/json;charset="UTF-8"`: 422, "application/json; x=y": 422,
			"": 415, "text/plain": 415, "text/json": 415, "application/problem+json": 415, "application/json; charset=latin1": 415, "application/json, text/plain": 415,
			"application/x-www-form-urlencoded": 415, "multipart/form-data; boundary=x": 415, "application/json;;": 415, "json": 415, "*/*": 415, "application/cbor": 415,
		} {
			if got := p.anywhere().status("POST", "/auth/login", object{}, "Content-Type", media); got != status {
				t.Errorf("%q: %d, want %d", media, got, status)
			}
		}
	})
}

func TestWhatIsNoJSON(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		ada := p.anywhere().login(number())
		for _, body := range []string{
			"", " ", "{", `{"name":"a"`, `{"name":"a"}}`, `{"name":"a"} {}`, `{"name":"a",}`, `{'name':'a'}`, `{name:"a"}`, "\ufeff{}", `{"name":"` + "\xff" + `"}`,
			`{"name":"` + "\x00" + `"}`, `{"name":"` + "\n" + `"}`, "name=a", "<name/>", "NaN", `{"name":"\u12"}`, strings.Repeat("[", 100_000), strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000),
			strings.Repeat(`{"name":`, 100_000) + "1" + strings.Repeat("}", 100_000),
		} {
			ada.refused(http.StatusBadRequest, "malformed_body", "POST", "/chatroom", []byte(body))
		}
	})
}

// What is refused is named by its field; what was sent is not repeated.
func TestWhatBreaksARule(t *testing.T) {
	const canary = "rejected-canary"
	bubble(t, func(t *testing.T, p *program) {
		ada := p.anywhere().login(number())
		for body, field := range map[string]string{
			`{}`:                                     "name",
			`{"name":null}`:                          "name",
			`{"name":"a","extra":null}`:              "extra",
			`{"name":"a","extra":"rejected-canary"}`: "extra",
			`{"Name":"rejected-canary"}`:             "name",
			`{"name":"a","NAME":"rejected-canary"}`:  "NAME",
			`{"name":["rejected-canary"]}`:           "name",
			`{"name":{"rejected-canary":1}}`:         "name",
			`{"name":1234567890}`:                    "name",
			`{"name":true}`:                          "name",
			`{"name":"rejected-canary\u0000"}`:       "name",
			`{"name":"` + strings.Repeat("rejected-canary", 10) + `"}`: "name",
			`{"name":" "}`:        "name",
			`[]`:                  "body",
			`["rejected-canary"]`: "body",
			`"rejected-canary"`:   "body",
			`1234567890`:          "body",
			`null`:                "body",
			strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000): "body",
		} {
			a := ada.refused(http.StatusUnprocessableEntity, "invalid_request", "POST", "/chatroom", []byte(body))
			var problem struct {
				Errors []struct{ Field, Rule string }
			}
			if err := a.Into(&problem); err != nil {
				t.Fatal(err)
			}
			named := false
			for _, e := range problem.Errors {
				named = named || e.Field == field && e.Rule != ""
			}
			if !named || strings.Contains(string(a.Body), canary) || strings.Contains(string(a.Body), "1234567890") {
				t.Errorf("%.60s: %s, want %s", body, a.Body, field)
			}
		}
	})
}

func TestEveryBrokenRuleIsNamedAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		a := p.anywhere().refused(http.StatusUnprocessableEntity, "invalid_request", "POST", "/auth/reset-password", object{"otp": "12", "new_password": "short", "extra": 1})
		for _, field := range []string{"mobile_number", "otp", "new_password", "extra"} {
			if !strings.Contains(string(a.Body), `"field":"`+field+`"`) {
				t.Errorf("%s is not named: %s", field, a.Body)
			}
		}
	})
}

func TestOfDuplicateNamesTheLastWins(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		ada := p.anywhere().login(number())
		for body, kept := range map[string]string{`{"name":"a","name":"b"}`: "b", `{"name":null,"name":"b"}`: "b", `{"name":7,"name":"b"}`: "b", `{"name":"b","na\u006de":"c"}`: "c"} {
			if got := ada.want(http.StatusCreated, "POST", "/chatroom", []byte(body)).Get("name"); got != kept {
				t.Errorf("%s: %q", body, got)
			}
		}
		ada.refused(http.StatusUnprocessableEntity, "invalid_request", "POST", "/chatroom", []byte(`{"name":"a","name":null}`))
	})
}

func TestRoutesWithoutABodyIgnoreOne(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		ada := p.anywhere().login(number())
		for _, body := range []any{[]byte("{no JSON"), []byte{0xff}, object{"unknown": 1}, json.RawMessage("null"), bytes.Repeat([]byte("x"), 2*mib)} {
			ada.want(http.StatusOK, "GET", "/user/me", body, "Content-Type", "text/plain")
			ada.want(http.StatusOK, "POST", "/subscribe/sync", body, "Content-Type", "text/plain")
		}
	})
}
