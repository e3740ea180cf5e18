package httpapi

import (
	"fmt"
	"net/http"
	"runtime/debug"
)

// recoverPanics answers a panic with a 500. It logs only the type of the panic
// value, because the value may contain anything.
func recoverPanics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler {
				panic(p) // net/http closes the connection without a log line
			}
			logEntryOf(r.Context()).panicked = true
			addToLog(r.Context(), "stack", string(debug.Stack()))
			newProblem(r.Context(), fmt.Errorf("panic of type %T", p)).write(w)
		}()
		next.ServeHTTP(w, r)
	})
}

// securityHeaders are response headers so that browsers do not render, frame or cache a
// response (OWASP REST Security Cheat Sheet, "Security Headers"). The names are in the form of
// http.CanonicalHeaderKey.
var securityHeaders = []struct {
	name  string
	value []string
}{
	{"Cache-Control", []string{"no-store"}},
	{"Content-Security-Policy", []string{"default-src 'none'; frame-ancestors 'none'"}},
	{"Referrer-Policy", []string{"no-referrer"}},
	{"X-Content-Type-Options", []string{"nosniff"}},
	{"X-Frame-Options", []string{"DENY"}},
}

// strictTransport makes browsers use TLS for one year. Only production has it.
var strictTransport = []string{"max-age=31536000"}

// setSecurityHeaders sets the security headers. All responses share the values, so they must
// be replaced and not changed. The documentation pages replace the Content-Security-Policy
// with their own.
func (a *API) setSecurityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for _, header := range securityHeaders {
			h[header.name] = header.value
		}
		if a.config.Production {
			h["Strict-Transport-Security"] = strictTransport
		}
		next.ServeHTTP(w, r)
	})
}
