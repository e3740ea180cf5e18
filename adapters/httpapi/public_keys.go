package httpapi

import "net/http"

// registerPublicKeys serves the keys with which other services can verify access tokens (RFC 7517).
// A service should load them again when a token names an unknown key.
func (a *API) registerPublicKeys() {
	if a.config.PublicKeys == nil {
		return
	}
	a.router.Get("/.well-known/jwks.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/jwk-set+json")
		w.Header().Set("Cache-Control", "public, max-age=300")
		_, _ = w.Write(a.config.PublicKeys) // fails only when the client has disconnected
	})
}
