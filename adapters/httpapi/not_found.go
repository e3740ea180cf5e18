package httpapi

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
)

// supportedMethods are the methods that a route can have, besides OPTIONS.
var supportedMethods = []string{
	http.MethodGet,
	http.MethodHead,
	http.MethodPost,
	http.MethodPut,
	http.MethodPatch,
	http.MethodDelete,
}

func notFound(w http.ResponseWriter, r *http.Request) { newProblem(r.Context(), errNoRoute).write(w) }

// methodNotAllowed answers 405 and lists the methods of the path in the header Allow,
// which chi sets only in its own handler. If the method is unknown to chi, chi calls
// this handler also for a path that does not exist. Then the response is 404.
func methodNotAllowed(router chi.Routes) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		methods := methodsOf(router, cmp.Or(r.URL.RawPath, r.URL.Path))
		if len(methods) == 0 {
			notFound(w, r)
			return
		}
		p := newProblem(r.Context(), errMethodNotAllowed)
		p.header.Set("Allow", strings.Join(methods, ", "))
		p.write(w)
	}
}

// methodsOf returns the methods that the path supports.
func methodsOf(router chi.Routes, path string) []string {
	var methods []string
	for _, m := range supportedMethods {
		route := m
		if m == http.MethodHead { // the GET route also serves HEAD
			route = http.MethodGet
		}
		if router.Match(chi.NewRouteContext(), route, path) {
			methods = append(methods, m)
		}
	}
	return methods
}
