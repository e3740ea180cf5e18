package pretend

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/plan"
)

//go:embed pages/*.html
var pageFiles embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"price": formatPrice,
	"date":  func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") },
}).ParseFS(pageFiles, "pages/*.html"))

// maxFormBytes limits the size of a form. It is much larger than the forms of the pages.
const maxFormBytes = 16 << 10

// Handler serves the checkout and portal pages under /pretend/, and a placeholder for
// the app's own pages under /pretend/app/. It rejects forms from other sites.
func (p *Payments) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /pretend/checkout/{id}", p.showCheckout)
	mux.HandleFunc("POST /pretend/checkout/{id}", p.postCheckout)
	mux.HandleFunc("GET /pretend/portal/{id}", p.showPortal)
	mux.HandleFunc("POST /pretend/portal/{id}", p.postPortal)
	mux.HandleFunc("GET /pretend/app/{page...}", p.showAppPlaceholder)
	mux.HandleFunc("GET /pretend/", p.showNotFound)
	return protect(mux)
}

func (p *Payments) showAppPlaceholder(w http.ResponseWriter, _ *http.Request) {
	p.render(w, http.StatusOK, "app_placeholder.html", nil)
}

func (p *Payments) showNotFound(w http.ResponseWriter, _ *http.Request) { p.renderError(w, ErrNoPage) }

// protect sets security headers, rejects forms from other sites and limits the size
// of forms. Two stricter settings would break the pages:
//
//   - Referrer-Policy: no-referrer. Browsers would post forms with "Origin: null", which
//     is rejected if the browser does not send Sec-Fetch-Site.
//   - The CSP directive form-action. It would block the redirect to the app.
func protect(next http.Handler) http.Handler {
	const csp = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
	sameSite := http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", csp)
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
		sameSite.ServeHTTP(w, r)
	})
}

// render writes a page. If the template fails, it writes a plain text with status 500 instead.
func (p *Payments) render(w http.ResponseWriter, status int, page string, data any) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, page, data); err != nil {
		p.config.Log.Error("rendering a page failed", slog.String("page", page), slog.Any("error", err))
		http.Error(w, "The page could not be rendered.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b.Bytes())
}

// renderError writes a page with the error's message, and with the status for its kind.
func (p *Payments) renderError(w http.ResponseWriter, err error) {
	f := fault.Of(err)
	status := http.StatusConflict
	switch f.Kind {
	case fault.NotFound:
		status = http.StatusNotFound
	case fault.Malformed:
		status = http.StatusBadRequest
	case fault.Unavailable:
		status = http.StatusServiceUnavailable
	}
	p.render(w, status, "error.html", f)
}

// safeLink returns the address of a page of the app as a link. It allows deep links such
// as "myapp://success", which html/template blocks. It returns "#" for an invalid URL,
// and for a URL that would run a script or show its own content.
func safeLink(address string) template.URL {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || slices.Contains([]string{"javascript", "vbscript", "data"}, u.Scheme) {
		return "#"
	}
	return template.URL(address)
}

// errMalformedForm is returned for a form that no page of this package sends.
var errMalformedForm = fault.New(fault.Malformed, "malformed_form", "This form could not be understood.")

// pressedButton returns the name of the pressed button, "" when the form has none.
func pressedButton(r *http.Request) string { return r.PostFormValue("button") }

// formatPrice returns the price of a plan, such as "$9.99 / month".
func formatPrice(p plan.Plan) string {
	amount := fmt.Sprintf("%d.%02d", p.Cents/100, p.Cents%100)
	if symbol, ok := map[string]string{"usd": "$", "eur": "€", "gbp": "£", "inr": "₹"}[p.Currency]; ok {
		return symbol + amount + " / month"
	}
	return amount + " " + strings.ToUpper(p.Currency) + " / month"
}
