package hostile

import (
	"net/http"
	"strings"
	"testing"
)

func TestAuthorizationsThatAreNone(t *testing.T) {
	p := start(t)
	token := p.person().token
	for header, code := range map[string]string{
		"": "not_authenticated", token: "not_authenticated", "Basic " + token: "not_authenticated", "Bearer": "not_authenticated", "Bearer ": "not_authenticated",
		"Token " + token: "not_authenticated", "Bearer\t" + token: "not_authenticated", "Bearer=" + token: "not_authenticated",
		"Bearer " + canary: "invalid_token", "Bearer " + token + "\x00": "invalid_token", "Bearer " + token + "=": "invalid_token", "Bearer \"" + token + "\"": "invalid_token",
		"Bearer " + token + "," + token: "invalid_token", "Bearer " + token + " " + token: "invalid_token", "Bearer " + token + "\xff": "invalid_token",
		"Bearer " + strings.Repeat("A", 100_000): "invalid_token", "Bearer " + strings.Repeat(".", 1000): "invalid_token", "Bearer null": "invalid_token",
	} {
		refused(t, header[:min(30, len(header))], p.send("GET", "/user/me", "", nil, "Authorization", header), http.StatusUnauthorized, code)
	}
	for _, header := range []string{"bearer " + token, "BEARER " + token, "Bearer  " + token} {
		if a := p.send("GET", "/user/me", "", nil, "Authorization", header); a.Status != http.StatusOK {
			t.Errorf("%.10q: %d", header, a.Status)
		}
	}
	p.silentLog()
}

func TestIdempotencyKeys(t *testing.T) {
	p := start(t)
	who := p.person()
	send := func(keys ...string) (string, *http.Request) {
		r := p.request("POST", "/chatroom/"+p.room(who.token)+"/message", who.token, strings.NewReader(`{"content":"Hello"}`), "Content-Type", "application/json")
		r.Header["Idempotency-Key"] = keys
		return strings.Join(keys, " and "), r
	}
	for _, keys := range [][]string{{""}, {strings.Repeat("a", 256)}, {strings.Repeat("é", 256)}, {canary + "\xff"}, {canary + "\x00"}, {"\xed\xa0\x80"}, {"a", "a"}, {"a", ""}} {
		what, r := send(keys...)
		refused(t, what, p.raw(peer(), r), http.StatusUnprocessableEntity, "invalid_request")
	}
	for _, key := range []string{"a", strings.Repeat("a", 255), strings.Repeat("é", 255), "'; DROP TABLE", "{\"$ne\":1}"} {
		what, r := send(key)
		if a := p.raw(peer(), r); a.Status != http.StatusAccepted {
			t.Errorf("%s: %d %s", what, a.Status, a.Body)
		}
	}
	p.silentLog()
}

// An id that a client gives is taken if it is sane, and never repeated if it is not.
func TestRequestIDs(t *testing.T) {
	p := start(t)
	for _, id := range []string{"abc-1_2.3", strings.Repeat("a", 64), "Z"} {
		if got := p.send("GET", "/healthz", "", nil, "X-Request-Id", id).Header.Get("X-Request-Id"); got != id {
			t.Errorf("sane id %q became %q", id, got)
		}
	}
	seen := map[string]bool{}
	for _, id := range []string{"", strings.Repeat("a", 65), canary + " ", canary + "\r\nX-Injected: 1", canary + "\x00", canary + "\xff", canary + "é", canary + "<script>", canary + "\"", canary + "=1", strings.Repeat(canary, 10_000)} {
		a := p.send("GET", "/nowhere", "", nil, "X-Request-Id", id)
		refused(t, "X-Request-Id", a, http.StatusNotFound, "not_found")
		if got := a.Header.Get("X-Request-Id"); got == "" || seen[got] {
			t.Errorf("insane id %.20q became %q", id, got)
		} else {
			seen[got] = true
		}
	}
	p.silentLog()
}

// Junk in other headers changes nothing.
func TestJunkHeaders(t *testing.T) {
	p := start(t)
	d := parse(t, p.OpenAPI())
	junk := canary + "\xff\x00é" + strings.Repeat("a", 10_000)
	names := []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "X-Http-Method-Override", "Forwarded", "Accept", "Accept-Encoding", "Accept-Language", "Content-Encoding",
		"Content-Language", "Cookie", "Origin", "Referer", "User-Agent", "If-None-Match", "If-Match", "If-Modified-Since", "Range", "Expect", "Last-Event-ID", "Prefer", "Traceparent"}
	for _, o := range d.operations() {
		c := p.honest(d, o)
		for _, name := range names {
			c.headers = append(c.headers, name, junk)
		}
		a := p.answer(c)
		if a.Status != o.success() {
			t.Errorf("%s: %d %s", o, a.Status, a.Body)
		}
		silent(t, o.String(), a)
	}
	p.silentLog()
}
