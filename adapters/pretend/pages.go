package pretend

import (
	"bytes"
	"embed"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
)

//go:embed pages/*.html
var files embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"price": price,
	"date":  func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") },
}).ParseFS(files, "pages/*.html"))

// formLimit is far more than the forms send, in bytes.
const formLimit = 16 << 10

// Handler serves the checkout and the portal under /pretend/, and stands in for
// the app's own pages under /pretend/app/. Forms posted from other sites are refused.
func (c *Company) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /pretend/checkout/{name}", c.showCheckout)
	mux.HandleFunc("POST /pretend/checkout/{name}", c.postCheckout)
	mux.HandleFunc("GET /pretend/portal/{name}", c.showPortal)
	mux.HandleFunc("POST /pretend/portal/{name}", c.postPortal)
	mux.HandleFunc("GET /pretend/app/{page...}", func(w http.ResponseWriter, _ *http.Request) { c.render(w, http.StatusOK, "back.html", nil) })
	mux.HandleFunc("GET /pretend/", func(w http.ResponseWriter, _ *http.Request) { c.refuse(w, ErrNoPage) })
	return guard(mux)
}

// guard wraps what all pages have in common. A Referrer-Policy of no-referrer
// would make browsers post with "Origin: null", which is refused where
// Sec-Fetch-Site is not sent; a CSP's form-action would stop the redirect to the app.
func guard(next http.Handler) http.Handler {
	sameSite := http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, formLimit)
		sameSite.ServeHTTP(w, r)
	})
}

// render writes a page whole, or a plain 500.
func (c *Company) render(w http.ResponseWriter, status int, page string, data any) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, page, data); err != nil {
		c.config.Log.Error("page not rendered", slog.String("page", page), slog.Any("error", err))
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b.Bytes())
}

// refuse shows why not.
func (c *Company) refuse(w http.ResponseWriter, err error) {
	refusal := fault.Of(err)
	status := http.StatusConflict
	switch refusal.Kind {
	case fault.NotFound:
		status = http.StatusNotFound
	case fault.Malformed:
		status = http.StatusBadRequest
	case fault.Unavailable:
		status = http.StatusServiceUnavailable
	}
	c.render(w, status, "refusal.html", refusal)
}

// link is where the app has people sent, be it a deep link, which the template by
// itself would not take for a page; "#" for what would run or show in this one.
func link(page string) template.URL {
	u, err := url.Parse(page)
	if err != nil || u.Host == "" || slices.Contains([]string{"javascript", "vbscript", "data"}, u.Scheme) {
		return "#"
	}
	return template.URL(page)
}

// errForm refuses a form that no page here sends.
var errForm = fault.New(fault.Malformed, "malformed_form", "This form could not be understood.")

// button is which one of a form was pressed, "" for none.
func button(r *http.Request) string { return r.PostFormValue("button") }
