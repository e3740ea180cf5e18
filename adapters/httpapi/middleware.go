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
			addToLog(r.Context(), "stack", string(debug.Stack()))
			newProblem(r.Context(), fmt.Errorf("panic of type %T", p)).write(w)
		}()
		next.ServeHTTP(w, r)
	})
}

// securityHeaders sets response headers so that browsers do not render, frame or
// cache a response (OWASP REST Security Cheat Sheet, "Security Headers"). The
// documentation pages replace the Content-Security-Policy with their own.
func (a *API) securityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		if a.config.Production {
			h.Set("Strict-Transport-Security", "max-age=31536000") // one year
		}
		next.ServeHTTP(w, r)
	})
}
