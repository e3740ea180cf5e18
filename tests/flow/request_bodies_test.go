package flow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

const mib = 1 << 20

// signupBody returns the body of a signup, padded to a size in bytes.
func signupBody(size int) []byte {
	body := fmt.Appendf(nil, `{"mobile_number":%q}`, client.Number())
	return append(body, bytes.Repeat([]byte(" "), size-len(body))...)
}

func TestARequestBodyHasAtMostOneMiB(t *testing.T) {
	check := func(d device) {
		d.Want(http.StatusCreated, "POST", "/auth/signup", signupBody(mib))
		d.wantError(http.StatusRequestEntityTooLarge, "body_too_large", "POST", "/auth/signup", signupBody(mib+1))
	}
	inBubble(t, func(_ *testing.T, p *program) {
		d := p.newDevice()
		check(d)
		d.wantError(http.StatusRequestEntityTooLarge, "body_too_large", "POST", "/subscribe/webhook", signupBody(mib+1))
	})
	check(start(t, config(t)).tcpDevice())
}

// A request that breaks several rules gets the error of the first rule in this order:
// rate limit, authentication, media type, size, syntax, fields, existence, quota.
func TestTheOrderOfErrors(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		ada := p.newDevice().Login(client.Number())
		text, large := []string{"Content-Type", "text/plain"}, bytes.Repeat([]byte("{"), 2*mib)
		limited := p.deviceAt("192.0.2.1")
		limited.useUpSignups()
		limited.wantError(http.StatusTooManyRequests, "rate_limited", "POST", "/auth/signup", large, text...)
		missing := "/chatroom/00000000-0000-7000-8000-000000000000/message"
		p.newDevice().wantError(http.StatusUnauthorized, "not_authenticated", "POST", missing, large, text...)
		ada.wantError(http.StatusUnsupportedMediaType, "unsupported_media_type", "POST", missing, large, text...)
		ada.wantError(http.StatusRequestEntityTooLarge, "body_too_large", "POST", missing, large)
		ada.wantError(http.StatusBadRequest, "malformed_body", "POST", missing, []byte(`{"content":" ","unknown":1`))
		ada.wantError(http.StatusUnprocessableEntity, "invalid_request", "POST", missing, object{"content": " "})
		ada.wantError(http.StatusNotFound, "not_found", "POST", missing, object{"content": "hi"})
		room := ada.NewRoom("Order")
		for range 5 {
			ada.Send(room, "hi")
		}
		own := "/chatroom/" + room + "/message"
		ada.wantError(http.StatusUnprocessableEntity, "invalid_request", "POST", own, object{"content": " "})
		ada.wantError(http.StatusNotFound, "not_found", "POST", missing, object{"content": "hi"})
		ada.wantError(http.StatusTooManyRequests, "quota_exhausted", "POST", own, object{"content": "hi"})
	})
}

// The rate limits of a number are used after the body is validated, when the number is known.
func TestInvalidRequestsDoNotUseTheRateLimitsOfANumber(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		n := client.Number()
		p.newDevice().requestCode("send-otp", n)
		p.newDevice().wantInvalidField("unknown", "/auth/send-otp", object{"mobile_number": n, "unknown": 1})
		for range 12 {
			p.newDevice().wantInvalidField("otp", "/auth/verify-otp", codeBody(n, "12345"))
		}
		p.newDevice().wantInvalidCode(n, "000000")
	})
}

func TestOnlyJSONBodiesAreAccepted(t *testing.T) {
	accepted := []string{
		"application/json", "Application/JSON", "application/json; charset=utf-8",
		`application/json;charset="UTF-8"`, "application/json; x=y",
	}
	refused := []string{
		"", "text/plain", "text/json", "application/problem+json", "application/json; charset=latin1",
		"application/json, text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
		"application/json;;", "json", "*/*", "application/cbor",
	}
	inBubble(t, func(_ *testing.T, p *program) {
		check := func(status int, code string, mediaTypes []string) {
			for _, mediaType := range mediaTypes {
				p.newDevice().wantError(status, code, "POST", "/auth/login", object{}, "Content-Type", mediaType)
			}
		}
		check(http.StatusUnprocessableEntity, "invalid_request", accepted) // because the fields are missing
		check(http.StatusUnsupportedMediaType, "unsupported_media_type", refused)
	})
}

func TestMalformedJSONIsRefused(t *testing.T) {
	const deep = 100_000
	inBubble(t, func(_ *testing.T, p *program) {
		ada := p.newDevice().Login(client.Number())
		for _, body := range []string{
			"", " ", "{", `{"name":"a"`, `{"name":"a"}}`, `{"name":"a"} {}`, `{"name":"a",}`, `{'name':'a'}`,
			`{name:"a"}`, "\ufeff{}", `{"name":"` + "\xff" + `"}`, `{"name":"` + "\x00" + `"}`,
			`{"name":"` + "\n" + `"}`, "name=a", "<name/>", "NaN", `{"name":"\u12"}`,
			strings.Repeat("[", deep),
			strings.Repeat("[", deep) + strings.Repeat("]", deep),
			strings.Repeat(`{"name":`, deep) + "1" + strings.Repeat("}", deep),
		} {
			ada.wantError(http.StatusBadRequest, "malformed_body", "POST", "/chatroom", []byte(body))
		}
	})
}

// The error names the field and the rule. It does not repeat the value.
func TestAnInvalidFieldIsNamedWithoutItsValue(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		ada := p.newDevice().Login(client.Number())
		for body, field := range map[string]string{
			`{"name":null}`:                                   "name",
			`{"name":"a","extra":null}`:                       "extra",
			`{"name":"a","extra":"canary"}`:                   "extra",
			`{"Name":"canary"}`:                               "Name",
			`{"name":"a","NAME":"canary"}`:                    "NAME",
			`{"name":["canary"]}`:                             "name",
			`{"name":{"canary":1}}`:                           "name",
			`{"name":1234567890}`:                             "name",
			`{"name":true}`:                                   "name",
			`{"name":"canary\u0000"}`:                         "name",
			`{"name":"` + strings.Repeat("canary", 20) + `"}`: "name",
			`{"name":" "}`:                                    "name",
			`[]`:                                              "body",
			`["canary"]`:                                      "body",
			`"canary"`:                                        "body",
			`1234567890`:                                      "body",
			`null`:                                            "body",
			strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000): "body",
		} {
			r := ada.wantError(http.StatusUnprocessableEntity, "invalid_request", "POST", "/chatroom", []byte(body))
			if !namesField(t, r, field) {
				t.Errorf("%.60s: the error does not name the field %q and a rule: %s", body, field, r.Body)
			}
			if text := string(r.Body); strings.Contains(text, "canary") || strings.Contains(text, "1234567890") {
				t.Errorf("%.60s: the error repeats the value: %s", body, text)
			}
		}
	})
}

func TestAllInvalidFieldsAreNamedInOneError(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		body := object{"otp": "12", "new_password": "short", "extra": 1}
		d := p.newDevice()
		r := d.wantError(http.StatusUnprocessableEntity, "invalid_request", "POST", "/auth/reset-password", body)
		for _, field := range []string{"mobile_number", "otp", "new_password", "extra"} {
			if !namesField(t, r, field) {
				t.Errorf("the error does not name the field %q and a rule: %s", field, r.Body)
			}
		}
	})
}

func TestTheLastOfDuplicateFieldsCounts(t *testing.T) {
	inBubble(t, func(t *testing.T, p *program) {
		ada := p.newDevice().Login(client.Number())
		for body, want := range map[string]string{
			`{"name":"a","name":"b"}`:      "b",
			`{"name":null,"name":"b"}`:     "b",
			`{"name":7,"name":"b"}`:        "b",
			`{"name":"b","na\u006de":"c"}`: "c",
		} {
			if got := ada.Want(http.StatusCreated, "POST", "/chatroom", []byte(body)).Field("name"); got != want {
				t.Errorf("name of a room created with %s = %q, want %q", body, got, want)
			}
		}
		ada.wantInvalidField("name", "/chatroom", []byte(`{"name":"a","name":null}`))
	})
}

func TestRoutesWithoutABodyIgnoreIt(t *testing.T) {
	inBubble(t, func(_ *testing.T, p *program) {
		ada := p.newDevice().Login(client.Number())
		for _, body := range []any{
			[]byte("{no JSON"), []byte{0xff}, object{"unknown": 1}, json.RawMessage("null"),
			bytes.Repeat([]byte("x"), 2*mib),
		} {
			ada.Want(http.StatusOK, "GET", "/user/me", body, "Content-Type", "text/plain")
			ada.Want(http.StatusOK, "POST", "/subscribe/sync", body, "Content-Type", "text/plain")
		}
	})
}
