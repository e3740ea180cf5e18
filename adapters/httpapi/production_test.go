package httpapi

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
)

const frontend = "https://app.example"

// answer is what an API in production answers; what is asked for here needs no use case.
func answer(t *testing.T, method string, headers ...string) *http.Response {
	t.Helper()
	a := New(nil, nil, nil, nil, nil, nil, nil, slog.New(slog.DiscardHandler), Options{Production: true, Origin: frontend}, nil)
	r := httptest.NewRequest(method, "/healthz", nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w.Result()
}

func TestInProductionOnlyTheFrontendMayCall(t *testing.T) {
	for origin, allowed := range map[string]string{
		frontend: frontend, "": "", "null": "", "http://app.example": "", "https://app.example:8443": "", "https://app.example.evil": "", "https://evil.example": "",
	} {
		h := answer(t, "GET", "Origin", origin).Header
		if got := h.Get("Access-Control-Allow-Origin"); got != allowed || h.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("to %q: %v", origin, h)
		}
		if !slices.Contains(h.Values("Vary"), "Origin") {
			t.Errorf("to %q: Vary %v", origin, h.Values("Vary"))
		}
		pre := answer(t, "OPTIONS", "Origin", origin, "Access-Control-Request-Method", "POST").Header
		if got := pre.Get("Access-Control-Allow-Origin"); got != allowed || (pre.Get("Access-Control-Allow-Methods") != "") != (allowed != "") {
			t.Errorf("preflight of %q: %v", origin, pre)
		}
	}
}

func TestProductionAsksForTLS(t *testing.T) {
	if got := answer(t, "GET").Header.Get("Strict-Transport-Security"); got != "max-age=31536000" {
		t.Errorf("Strict-Transport-Security is %q", got)
	}
}
