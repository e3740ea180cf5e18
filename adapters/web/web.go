// Package web is the chat page at "/". Its scripts are a client like any other: they use
// only the public HTTP API. All files are embedded, and the page loads nothing from other
// sites.
package web

import (
	"net/http"
	"path"
	"strings"
	"sync"
)

// policy is the Content-Security-Policy of the page. Only its own files run, and it calls
// only its own server. Scripts can create HTML in one place only: the Trusted Types policy
// server-html of html.js, which gets HTML that the server has sanitised.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types server-html"

const (
	assetsPath = "/assets/"

	// revalidate lets a browser keep a file but ask every time whether it has changed.
	revalidate = "no-cache"
	// immutable lets a browser keep a file for a year, because its address has its hash.
	immutable = "public, max-age=31536000, immutable"
)

// Page serves the page at "/" and its files under "/assets/". It implements http.Handler.
type Page struct {
	site func() site // loads the files at the first call, so that the start of the program is fast
}

// New returns the page.
func New() *Page { return &Page{site: sync.OnceValue(loadSite)} }

// ServeHTTP serves the page for "/", and otherwise the file at the end of the path. A file
// is also served under the hash of another version, but then not cached for long: during a
// deployment, the page may come from a process of one version and its files from another.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s := p.site()
	setHeaders(w.Header(), path.Ext(r.URL.Path))
	if r.URL.Path == "/" {
		s.index.serve(w, r, revalidate)
		return
	}
	hash, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, assetsPath), "/")
	f, ok := s.assets[name]
	switch {
	case !ok:
		http.NotFound(w, r)
	case hash == s.hash:
		f.serve(w, r, immutable)
	default:
		f.serve(w, r, revalidate)
	}
}

// setHeaders sets the headers of all responses. Scripts and style sheets have no policy: browsers
// apply only that of the page, and in each of them it would be a tenth of the first load.
func setHeaders(h http.Header, extension string) {
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	if extension == ".js" || extension == ".css" {
		return
	}
	h.Set("Content-Security-Policy", policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}
