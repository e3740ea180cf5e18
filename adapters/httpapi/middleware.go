package httpapi

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/rs/cors"

	"github.com/kuvaka-tech/parley/core/fault"
)

// requestID takes the client's id if it is sane, else makes one.
func (a *API) requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); saneID(id) {
		return id
	}
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand.Read)
	return hex.EncodeToString(b[:])
}

func saneID(id string) bool {
	return id != "" && len(id) <= 64 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == ""
}

// recoverer turns a panic into a bare 500; what was thrown may hold anything, so only its type is logged.
func recoverer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			thrown := recover()
			if thrown == nil {
				return
			}
			if thrown == http.ErrAbortHandler {
				panic(thrown)
			}
			note(r.Context(), "stack", string(debug.Stack()))
			problem(r.Context(), fmt.Errorf("panic of type %T", thrown)).write(w)
		}()
		next.ServeHTTP(w, r)
	})
}

// secure sets the headers of an API that no browser should render, frame or
// keep (OWASP REST Security Cheat Sheet, "Security Headers"). Pages set a policy of their own.
func (a *API) secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		if a.options.Production {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// allowOrigins lets the frontend's pages call the API; in development, all pages.
func (a *API) allowOrigins() func(http.Handler) http.Handler {
	origins := []string{"*"}
	if a.options.Production {
		origins = []string{a.options.Origin}
	}
	return cors.New(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPatch, http.MethodDelete},
		AllowedHeaders: []string{"Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "X-Request-Id"},
		ExposedHeaders: []string{"Link", "Location", "Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "X-Request-Id"},
		MaxAge:         600,
	}).Handler
}

// clientAddr is the peer's address, or, from a trusted proxy, the nearest one in
// X-Forwarded-For that is not a trusted proxy itself.
func (a *API) clientAddr(r *http.Request) netip.Addr {
	peer, _ := netip.ParseAddrPort(r.RemoteAddr)
	return forwardedFor(peer.Addr().Unmap(), strings.Join(r.Header.Values("X-Forwarded-For"), ","), a.options.TrustedProxies)
}

func forwardedFor(peer netip.Addr, header string, trusted []netip.Prefix) netip.Addr {
	hops := strings.Split(header, ",")
	for i := len(hops) - 1; i >= 0 && isTrusted(peer, trusted); i-- {
		hop, err := hopAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		peer = hop.Unmap().WithZone("")
	}
	return peer
}

// hopAddr reads an address that some proxies give a port.
func hopAddr(hop string) (netip.Addr, error) {
	if at, err := netip.ParseAddrPort(hop); err == nil {
		return at.Addr(), nil
	}
	return netip.ParseAddr(hop)
}

func isTrusted(addr netip.Addr, trusted []netip.Prefix) bool {
	for _, p := range trusted {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

var (
	errNoRoute  = fault.New(fault.NotFound, "not_found", "There is nothing at this path.")
	allMethods  = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	textNoRoute = "This path does not take this method; see Allow."
)

func notFound(w http.ResponseWriter, r *http.Request) { problem(r.Context(), errNoRoute).write(w) }

// methodNotAllowed lists what the path takes, which chi leaves out for a handler
// of one's own. chi comes here with methods it does not know, whatever the path.
func methodNotAllowed(router chi.Routes) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		methods := allowed(router, cmp.Or(r.URL.RawPath, r.URL.Path))
		if len(methods) == 0 {
			notFound(w, r)
			return
		}
		p := newProblem(r.Context(), http.StatusMethodNotAllowed, "method_not_allowed", textNoRoute)
		p.set("Allow", strings.Join(methods, ", "))
		p.write(w)
	}
}

func allowed(router chi.Routes, path string) []string {
	var methods []string
	for _, m := range allMethods {
		asked := m
		if m == http.MethodHead { // answered by the GET route
			asked = http.MethodGet
		}
		if router.Match(chi.NewRouteContext(), asked, path) {
			methods = append(methods, m)
		}
	}
	return methods
}
