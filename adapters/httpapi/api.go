// Package httpapi is the HTTP API of Parley. Each route is declared together with
// its validation and its documentation, by huma on a chi router. Every error is
// returned as application/problem+json.
package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/kuvaka-tech/parley/app/login"
	"github.com/kuvaka-tech/parley/app/profile"
	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/ports"
)

// Config is what an API needs.
type Config struct {
	Login      *login.Service
	Profile    *profile.Service
	Talk       *talk.Service
	Subscribe  *subscribe.Service
	ReplyQueue ports.ReplyQueue // for /readyz
	Workers    ports.Workers    // for /readyz
	Clock      ports.Clock
	Log        *slog.Logger

	PretendPages   http.Handler // serves the pages under /pretend/; nil for none
	Dependencies   []Dependency // for /readyz, besides the store
	Production     bool
	FrontendOrigin string         // the origin that CORS allows in production
	TrustedProxies []netip.Prefix // proxies whose X-Forwarded-For header is used

	// OnRequest, if not nil, is called after each request. method is a standard
	// method or "other", route is the pattern that matched, and code is the code of
	// the error response, "" for none.
	OnRequest func(method, route, code string, status int, duration time.Duration)
}

// Dependency is an external system, such as Redis. While it is unavailable, the
// process still works, with limitations.
type Dependency struct {
	Name  string
	Check func(context.Context) error // fails while the system is unavailable
}

// API is the HTTP API. It implements http.Handler.
type API struct {
	config Config

	router     chi.Router
	huma       huma.API
	draining   context.Context // done after Drain
	startDrain context.CancelFunc
	document   func() []byte // renders the OpenAPI document once, at the first call
}

// New returns an API with all its routes.
func New(c Config) *API {
	a := &API{config: c, router: chi.NewRouter()}
	a.draining, a.startDrain = context.WithCancel(context.Background())
	a.router.Use(a.logRequests, recoverPanics, a.securityHeaders, a.cors(), middleware.GetHead)
	a.router.NotFound(notFound)
	a.router.MethodNotAllowed(methodNotAllowed(a.router))
	a.huma = humachi.New(a.router, openAPIConfig())
	a.registerAuth()
	a.registerPasswords()
	a.registerUser()
	a.registerRooms()
	a.registerMessages()
	a.registerSubscription()
	a.registerPaymentPages()
	a.registerWebhooks()
	a.registerHealth()
	a.document = sync.OnceValue(a.renderDocument)
	a.registerDocumentPages()
	if c.PretendPages != nil {
		a.router.Mount("/pretend", c.PretendPages)
	}
	return a
}

// ServeHTTP implements http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.router.ServeHTTP(w, r) }

// Drain prepares the shutdown of the server: from now on /readyz returns 503,
// long-polls end early, and responses ask clients to close their connection.
func (a *API) Drain() { a.startDrain() }

// HealthOnly returns a handler that serves only /healthz and /readyz, for a
// process that is only a worker.
func (a *API) HealthOnly() http.Handler {
	otherPaths := a.logRequests(a.securityHeaders(http.HandlerFunc(notFound)))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isHealthPath(r.URL.Path) {
			a.ServeHTTP(w, r)
			return
		}
		otherPaths.ServeHTTP(w, r)
	})
}
