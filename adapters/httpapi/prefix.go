package httpapi

import (
	"context"
	"net/http"
	"strings"
)

type prefixKey struct{}

// forwardedPrefix stores the path prefix under which a trusted proxy serves the API, from
// X-Forwarded-Prefix, for location.
func (a *API) forwardedPrefix(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		prefix := strings.TrimSuffix(r.Header.Get("X-Forwarded-Prefix"), "/")
		if isPathPrefix(prefix) && isTrusted(peerOf(r), a.config.TrustedProxies) {
			r = r.WithContext(context.WithValue(r.Context(), prefixKey{}, prefix))
		}
		next.ServeHTTP(w, r)
	})
}

const prefixCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~/"

// isPathPrefix reports whether a prefix is a path. A path that starts with two slashes would
// be the name of another server (RFC 3986, 4.2).
func isPathPrefix(s string) bool {
	return strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//") && strings.Trim(s, prefixCharacters) == ""
}

// location returns the value of a Location header for a path of the API.
func location(ctx context.Context, path string) string {
	prefix, _ := ctx.Value(prefixKey{}).(string)
	return prefix + path
}
