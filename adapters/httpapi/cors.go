package httpapi

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/rs/cors"
)

// exposedHeaders are the response headers that page scripts may read. Browsers always
// expose some others, such as Cache-Control, Content-Language and Content-Type
// (fetch.spec.whatwg.org, "CORS-safelisted response-header name").
var exposedHeaders = []string{
	"Allow",
	"Link",
	"Location",
	"RateLimit",
	"RateLimit-Policy",
	"RateLimit-Limit",
	"RateLimit-Remaining",
	"RateLimit-Reset",
	"Retry-After",
	"WWW-Authenticate",
	"X-Request-Id",
}

// cors lets the pages of allowed origins call the API. A request may have any header,
// because the API has no cookies that another site could use.
func (a *API) cors() func(http.Handler) http.Handler {
	return cors.New(cors.Options{
		AllowOriginFunc: a.isAllowedOrigin,
		AllowedMethods: []string{
			http.MethodGet,
			http.MethodHead,
			http.MethodPost,
			http.MethodPatch,
			http.MethodDelete,
		},
		AllowedHeaders: []string{"*"}, // the response has the requested names; browsers take no * for Authorization
		ExposedHeaders: exposedHeaders,
		MaxAge:         600, // seconds
	}).Handler
}

// isAllowedOrigin reports whether pages of an origin may read responses: those of the
// frontends, and in development those on the same machine. In development responses
// contain login codes, so no other page may read them. origin is "" for apps.
func (a *API) isAllowedOrigin(origin string) bool {
	if origin == "" {
		return false
	}
	origin = strings.ToLower(origin)
	return slices.Contains(a.config.FrontendOrigins, origin) || !a.config.Production && isLoopbackOrigin(origin)
}

// isLoopbackOrigin reports whether an origin is http or https on a loopback host, with any port.
func isLoopbackOrigin(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") &&
		origin == u.Scheme+"://"+u.Host && isLoopbackHost(u.Hostname())
}

// isLoopbackHost reports whether a host in lower case is the machine itself. Browsers
// and resolvers treat all names below localhost so (RFC 6761, 6.3).
func isLoopbackHost(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && ip.IsLoopback()
}
