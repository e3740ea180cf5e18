package hostile

import (
	"net/http"
	"strings"
	"testing"
)

func TestInvalidAuthorizationHeadersGet401(t *testing.T) {
	p := start(t)
	token := p.newUser().Token
	for header, code := range map[string]string{
		"":                                       "not_authenticated",
		token:                                    "not_authenticated",
		"Basic " + token:                         "not_authenticated",
		"Bearer":                                 "not_authenticated",
		"Bearer ":                                "not_authenticated",
		"Token " + token:                         "not_authenticated",
		"Bearer\t" + token:                       "not_authenticated",
		"Bearer=" + token:                        "not_authenticated",
		"Bearer " + canary:                       "invalid_token",
		"Bearer " + token + "\x00":               "invalid_token",
		"Bearer " + token + "=":                  "invalid_token",
		"Bearer \"" + token + "\"":               "invalid_token",
		"Bearer " + token + "," + token:          "invalid_token",
		"Bearer " + token + " " + token:          "invalid_token",
		"Bearer " + token + "\xff":               "invalid_token",
		"Bearer " + strings.Repeat("A", 100_000): "invalid_token",
		"Bearer " + strings.Repeat(".", 1000):    "invalid_token",
		"Bearer null":                            "invalid_token",
	} {
		r := send(p.device(""), "GET", "/user/me", nil, "Authorization", header)
		name := "Authorization: " + header[:min(30, len(header))]
		wantProblem(t, name, r, http.StatusUnauthorized, code)
	}
	p.checkNoCanaryInLog()
}

func TestTheSchemeBearerIsCaseInsensitive(t *testing.T) {
	p := start(t)
	token := p.newUser().Token
	for _, scheme := range []string{"bearer ", "BEARER ", "Bearer  "} {
		p.device("").Want(http.StatusOK, "GET", "/user/me", nil, "Authorization", scheme+token)
	}
}

func TestOnlyValidIdempotencyKeysAreAccepted(t *testing.T) {
	p := start(t)
	u := p.newUser()
	newRequest := func(keys ...string) *http.Request {
		path := "/chatroom/" + u.NewRoom("A room") + "/message"
		r, err := http.NewRequest("POST", path, strings.NewReader(`{"content":"Hello"}`))
		if err != nil {
			t.Fatalf("create the request: %v", err)
		}
		r.Header.Set("Authorization", "Bearer "+u.Token)
		r.Header.Set("Content-Type", "application/json")
		r.Header["Idempotency-Key"] = keys
		return r
	}
	for _, keys := range [][]string{
		{""},
		{strings.Repeat("a", 256)},
		{strings.Repeat("é", 256)},
		{canary + "\xff"},
		{canary + "\x00"},
		{"\xed\xa0\x80"}, // a surrogate in UTF-8
		{"a", "a"},
		{"a", ""},
	} {
		name := "Idempotency-Key: " + strings.Join(keys, " and ")
		wantInvalidRequest(t, name, p.do(newRequest(keys...)))
	}
	for _, key := range []string{
		"a",
		strings.Repeat("a", 255),
		strings.Repeat("é", 255),
		"'; DROP TABLE",
		`{"$ne":1}`,
	} {
		if r := p.do(newRequest(key)); r.Status != http.StatusAccepted {
			t.Errorf("Idempotency-Key %q: status %d, want 202: %s", key, r.Status, r.Body)
		}
	}
	p.checkNoCanaryInLog()
}

func TestValidRequestIDsAreReturnedAndInvalidOnesReplaced(t *testing.T) {
	p := start(t)
	for _, requestID := range []string{"abc-1_2.3", strings.Repeat("a", 64), "Z"} {
		r := send(p.device(""), "GET", "/healthz", nil, "X-Request-Id", requestID)
		if got := r.Header.Get("X-Request-Id"); got != requestID {
			t.Errorf("X-Request-Id of the response = %q, want the %q of the request", got, requestID)
		}
	}
	generated := map[string]bool{}
	for _, requestID := range []string{
		"",
		strings.Repeat("a", 65),
		canary + " ",
		canary + "\r\nX-Injected: 1",
		canary + "\x00",
		canary + "\xff",
		canary + "é",
		canary + "<script>",
		canary + "\"",
		canary + "=1",
		strings.Repeat(canary, 10_000),
	} {
		r := send(p.device(""), "GET", "/unknown", nil, "X-Request-Id", requestID)
		wantNotFound(t, "invalid X-Request-Id", r)
		got := r.Header.Get("X-Request-Id")
		if got == "" || generated[got] {
			t.Errorf("X-Request-Id for the invalid %.20q = %q, want a new id", requestID, got)
		}
		generated[got] = true
	}
	p.checkNoCanaryInLog()
}
