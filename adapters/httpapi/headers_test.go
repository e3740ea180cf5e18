package httpapi

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
)

const frontend = "https://app.example"

// requestInProduction sends a request for /healthz, which calls no use case, to an API in production.
func requestInProduction(method string, headers map[string]string) *http.Response {
	api := New(Config{
		Log:            slog.New(slog.DiscardHandler),
		Production:     true,
		FrontendOrigin: frontend,
	})
	r := httptest.NewRequest(method, "/healthz", nil)
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	return w.Result()
}

// In production only the pages of the frontend may call the API.
func TestCORSInProduction(t *testing.T) {
	for origin, allowed := range map[string]string{
		frontend:                   frontend,
		"":                         "",
		"null":                     "",
		"http://app.example":       "",
		"https://app.example:8443": "",
		"https://app.example.evil": "",
		"https://evil.example":     "",
	} {
		h := requestInProduction(http.MethodGet, map[string]string{"Origin": origin}).Header
		if got := h.Get("Access-Control-Allow-Origin"); got != allowed {
			t.Errorf("GET from origin %q: Access-Control-Allow-Origin = %q, want %q", origin, got, allowed)
		}
		if got := h.Get("Access-Control-Allow-Credentials"); got != "" {
			t.Errorf("GET from origin %q: Access-Control-Allow-Credentials = %q, want none", origin, got)
		}
		if !slices.Contains(h.Values("Vary"), "Origin") {
			t.Errorf("GET from origin %q: Vary = %v, want Origin in it", origin, h.Values("Vary"))
		}
		preflight := requestInProduction(http.MethodOptions, map[string]string{
			"Origin":                        origin,
			"Access-Control-Request-Method": "POST",
		}).Header
		if got := preflight.Get("Access-Control-Allow-Origin"); got != allowed {
			t.Errorf("preflight from origin %q: Access-Control-Allow-Origin = %q, want %q", origin, got, allowed)
		}
		if got := preflight.Get("Access-Control-Allow-Methods"); (got != "") != (allowed != "") {
			t.Errorf("preflight from origin %q: Access-Control-Allow-Methods = %q", origin, got)
		}
	}
}

func TestProductionRequiresTLS(t *testing.T) {
	h := requestInProduction(http.MethodGet, nil).Header
	if got := h.Get("Strict-Transport-Security"); got != "max-age=31536000" {
		t.Errorf("Strict-Transport-Security = %q, want max-age=31536000", got)
	}
}
