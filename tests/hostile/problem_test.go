package hostile

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/kuvaka-tech/parley/tests/client"
)

// canary is put into everything that is refused, and must come back nowhere.
const canary = "CANARY-7f3a"

// refused checks that an answer is a whole problem with a status and a code and tells nothing back.
func refused(t testing.TB, what string, a client.Answer, status int, code string) {
	t.Helper()
	var p struct {
		Type, Title, Detail, Code string
		Status                    int
		RequestID                 string `json:"request_id"`
		Errors                    []struct{ Field, Rule string }
	}
	d := json.NewDecoder(bytes.NewReader(a.Body))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil || a.Status != status || p.Code != code {
		t.Errorf("%s: %d %.300q, want %d %s (%v)", what, a.Status, a.Body, status, code, err)
		return
	}
	if p.Type != "about:blank" || p.Title != http.StatusText(status) || p.Status != status || p.Detail == "" || p.RequestID != a.Header.Get("X-Request-Id") || p.RequestID == "" {
		t.Errorf("%s: not a whole problem: %s", what, a.Body)
	}
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("%s: Content-Type %q", what, got)
	}
	if (code == "invalid_request") != (len(p.Errors) > 0) {
		t.Errorf("%s: errors of %s: %s", what, code, a.Body)
	}
	for _, e := range p.Errors {
		if e.Field == "" || e.Rule == "" {
			t.Errorf("%s: an error without field or rule: %s", what, a.Body)
		}
	}
	checkHeaders(t, what, a, code)
	silent(t, what, a)
}

func checkHeaders(t testing.TB, what string, a client.Answer, code string) {
	t.Helper()
	asks := a.Header.Get("WWW-Authenticate") == "Bearer"
	if asks != (a.Status == http.StatusUnauthorized) {
		t.Errorf("%s: %s with WWW-Authenticate %q", what, code, a.Header.Get("WWW-Authenticate"))
	}
	wait, err := strconv.Atoi(a.Header.Get("Retry-After"))
	if (a.Status == http.StatusTooManyRequests || a.Status == http.StatusServiceUnavailable) && (err != nil || wait < 1) {
		t.Errorf("%s: %s with Retry-After %q", what, code, a.Header.Get("Retry-After"))
	}
	if (a.Status == http.StatusMethodNotAllowed) != (a.Header.Get("Allow") != "") {
		t.Errorf("%s: %d with Allow %q", what, a.Status, a.Header.Get("Allow"))
	}
}

// silent fails when an answer holds the canary.
func silent(t testing.TB, what string, a client.Answer) {
	t.Helper()
	if strings.Contains(strings.ToUpper(string(a.Body)), canary[:6]) {
		t.Errorf("%s: the answer holds what was refused: %s", what, a.Body)
	}
	for name, values := range a.Header {
		if strings.Contains(strings.ToUpper(strings.Join(values, "")), canary[:6]) {
			t.Errorf("%s: the header %s holds what was refused: %q", what, name, values)
		}
	}
}

// silentLog fails when the log holds the canary.
func (p *program) silentLog() {
	p.t.Helper()
	for line := range strings.Lines(p.log.String()) {
		if strings.Contains(strings.ToUpper(line), canary[:6]) {
			p.t.Errorf("the log holds what was refused: %s", line)
			return
		}
	}
}
