package httpapi

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
)

// statusOfHost returns the status of a request for /openapi.json at a host.
func statusOfHost(c Config, host string) int {
	c.Log = slog.New(slog.DiscardHandler)
	r := httptest.NewRequest(http.MethodGet, "/openapi.json", nil)
	r.Host = host
	w := httptest.NewRecorder()
	New(c).ServeHTTP(w, r)
	return w.Code
}

func TestDevelopmentRefusesForeignHosts(t *testing.T) {
	c := Config{HostNames: []string{"parley.internal", "app.example"}}
	for host, want := range map[string]int{
		"":                      http.StatusOK, // no browser leaves it out
		"localhost":             http.StatusOK,
		"localhost:8000":        http.StatusOK,
		"LocalHost.:8000":       http.StatusOK,
		"api.localhost:8000":    http.StatusOK,
		"127.0.0.1":             http.StatusOK,
		"[::1]":                 http.StatusOK,
		"[::1]:8000":            http.StatusOK,
		"192.168.1.2:8000":      http.StatusOK, // another machine of the network
		"203.0.113.5":           http.StatusOK,
		"[2001:db8::1]:8000":    http.StatusOK,
		"parley.internal:8000":  http.StatusOK,
		"Parley.Internal":       http.StatusOK,
		"app.example:9":         http.StatusOK,
		"evil.example":          http.StatusMisdirectedRequest,
		"evil.example:8000":     http.StatusMisdirectedRequest,
		"parley":                http.StatusMisdirectedRequest,
		"localhost.evil":        http.StatusMisdirectedRequest,
		"127.0.0.1.evil":        http.StatusMisdirectedRequest,
		"127-0-0-1.evil":        http.StatusMisdirectedRequest,
		"evillocalhost":         http.StatusMisdirectedRequest,
		"x.app.example":         http.StatusMisdirectedRequest,
		"app.example.evil":      http.StatusMisdirectedRequest,
		"localhost:8000:evil":   http.StatusMisdirectedRequest,
		"localhost@evil":        http.StatusMisdirectedRequest,
		"evil,localhost":        http.StatusMisdirectedRequest,
		"[::1].evil":            http.StatusMisdirectedRequest,
		"[evil]":                http.StatusMisdirectedRequest,
		":8000":                 http.StatusMisdirectedRequest,
		".":                     http.StatusMisdirectedRequest,
		"xn--lcalhost-7za.evil": http.StatusMisdirectedRequest,
	} {
		if got := statusOfHost(c, host); got != want {
			t.Errorf("status of a request for the host %q = %d, want %d", host, got, want)
		}
		if got := statusOfHost(Config{Production: true}, host); got != http.StatusOK {
			t.Errorf("status of a request for the host %q in production = %d, want 200", host, got)
		}
	}
}
