package httpapi

import (
	"net/http"

	"github.com/go-chi/chi/v5"
)

const pagePath = "/"

// registerPage serves the files of the page. The page itself is served by notFoundOrPage.
func (a *API) registerPage() {
	if a.config.Page != nil {
		a.router.Get("/assets/*", a.config.Page.ServeHTTP)
	}
}

// notFoundOrPage answers requests for paths that are not a route: browsers get the page at
// "/", all other requests a 404. The page is not a route, so that clients of the API get
// the same response at "/" for every method.
func (a *API) notFoundOrPage(w http.ResponseWriter, r *http.Request) {
	if a.config.Page == nil || r.URL.Path != pagePath {
		notFound(w, r)
		return
	}
	w.Header().Add("Vary", "Accept")
	if r.Method != http.MethodGet && r.Method != http.MethodHead || !prefersHTML(r.Header) {
		notFound(w, r)
		return
	}
	chi.RouteContext(r.Context()).RoutePatterns = []string{pagePath} // for the log and the metrics
	a.config.Page.ServeHTTP(w, r)
}
