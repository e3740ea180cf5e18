package httpapi

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
)

// request sends a request for /healthz, which calls no use case, to an API.
func request(c Config, method string, headers http.Header) *http.Response {
	c.Log = slog.New(slog.DiscardHandler)
	r := httptest.NewRequest(method, "/healthz", nil)
	r.Header = headers
	w := httptest.NewRecorder()
	New(c).ServeHTTP(w, r)
	return w.Result()
}

func TestProductionRequiresTLS(t *testing.T) {
	h := request(Config{Production: true}, http.MethodGet, http.Header{}).Header
	if got := h.Get("Strict-Transport-Security"); got != "max-age=31536000" {
		t.Errorf("Strict-Transport-Security = %q, want max-age=31536000", got)
	}
}
