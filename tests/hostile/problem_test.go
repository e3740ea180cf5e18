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

// canary is a text in the invalid input of the tests. A response to such input, and the
// log, must not contain it.
const canary = "CANARY-7f3a"

// problem is the body of an error (RFC 9457).
type problem struct {
	Type      string
	Title     string
	Status    int
	Detail    string
	Code      string
	RequestID string `json:"request_id"`
	Errors    []struct{ Field, Rule string }
}

// isComplete reports whether every field is set. Errors must be set only for invalid_request.
func (p problem) isComplete() bool {
	for _, e := range p.Errors {
		if e.Field == "" || e.Rule == "" {
			return false
		}
	}
	hasErrors := len(p.Errors) > 0
	return p.Type == "about:blank" && p.Title == http.StatusText(p.Status) && p.Detail != "" && p.Code != "" &&
		p.RequestID != "" && hasErrors == (p.Code == "invalid_request")
}

// wantProblem checks that a response is a complete error with this status and code, and
// that it does not contain the canary.
func wantProblem(t testing.TB, name string, r client.Response, status int, code string) {
	t.Helper()
	var p problem
	d := json.NewDecoder(bytes.NewReader(r.Body))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil || r.Status != status || p.Code != code {
		t.Errorf("%s: status %d, body %.300q, decoding error %v; want status %d and code %q",
			name, r.Status, r.Body, err, status, code)
		return
	}
	if p.Status != status || p.RequestID != r.Header.Get("X-Request-Id") || !p.isComplete() {
		t.Errorf("%s: the error is not complete, or differs from the status or X-Request-Id %q: %s",
			name, r.Header.Get("X-Request-Id"), r.Body)
	}
	checkErrorHeaders(t, name, r)
	checkNoCanary(t, name, r)
}

func wantInvalidRequest(t testing.TB, name string, r client.Response) {
	t.Helper()
	wantProblem(t, name, r, http.StatusUnprocessableEntity, "invalid_request")
}

func wantNotFound(t testing.TB, name string, r client.Response) {
	t.Helper()
	wantProblem(t, name, r, http.StatusNotFound, "not_found")
}

func checkErrorHeaders(t testing.TB, name string, r client.Response) {
	t.Helper()
	if got := r.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("%s: Content-Type %q, want application/problem+json", name, got)
	}
	scheme := r.Header.Get("WWW-Authenticate")
	if (scheme == "Bearer") != (r.Status == http.StatusUnauthorized) {
		t.Errorf("%s: status %d with WWW-Authenticate %q, want Bearer only with 401", name, r.Status, scheme)
	}
	if r.Status == http.StatusTooManyRequests || r.Status == http.StatusServiceUnavailable {
		retryAfter := r.Header.Get("Retry-After")
		if seconds, err := strconv.Atoi(retryAfter); err != nil || seconds < 1 {
			t.Errorf("%s: status %d with Retry-After %q, want at least 1 second", name, r.Status, retryAfter)
		}
	}
	allow := r.Header.Get("Allow")
	if (allow != "") != (r.Status == http.StatusMethodNotAllowed) {
		t.Errorf("%s: status %d with Allow %q, want Allow only with 405", name, r.Status, allow)
	}
}

// containsCanary also finds the canary if its end is cut off or its case is changed.
func containsCanary(s string) bool { return strings.Contains(strings.ToUpper(s), canary[:6]) }

func checkNoCanary(t testing.TB, name string, r client.Response) {
	t.Helper()
	if containsCanary(string(r.Body)) {
		t.Errorf("%s: the body of the response repeats the input: %s", name, r.Body)
	}
	for header, values := range r.Header {
		if containsCanary(strings.Join(values, "")) {
			t.Errorf("%s: the header %s of the response repeats the input: %q", name, header, values)
		}
	}
}

func (p *program) checkNoCanaryInLog() {
	p.t.Helper()
	for line := range strings.Lines(p.Log.String()) {
		if containsCanary(line) {
			p.t.Errorf("the log repeats the input: %s", line)
			return
		}
	}
}
