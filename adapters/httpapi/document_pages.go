package httpapi

import (
	"net/http"

	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"
)

const (
	// swaggerPolicy allows the inline script with which Swagger UI starts.
	swaggerPolicy = "default-src 'none'; " +
		"script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; " +
		"img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
	// redocPolicy allows the script of redocPage. It adds inline styles, and runs its
	// search in a web worker.
	redocPolicy = "default-src 'none'; " +
		"script-src https://cdn.jsdelivr.net; style-src 'unsafe-inline'; img-src data: https:; " +
		"connect-src 'self'; worker-src blob:; child-src blob:; frame-ancestors 'none'"
)

// registerDocumentPages serves the OpenAPI document, Swagger UI and ReDoc.
func (a *API) registerDocumentPages() {
	a.router.Get("/openapi.json", a.serveDocument)
	swagger := v5emb.NewWithConfig(swgui.Config{ShowTopBar: false})("Parley", "/openapi.json", "/docs/")
	a.router.Get("/docs", withPolicy(swaggerPolicy, swagger))
	a.router.Get("/docs/*", withPolicy(swaggerPolicy, swagger))
	a.router.Get("/redoc", withPolicy(redocPolicy, http.HandlerFunc(serveRedoc)))
}

func serveRedoc(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(redocPage)
}

// withPolicy sets the Content-Security-Policy of a page.
func withPolicy(policy string, page http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		page.ServeHTTP(w, r)
	}
}
