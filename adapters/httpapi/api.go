// Package httpapi is the HTTP side of Parley: routes, validation and the OpenAPI
// document in one place (huma on chi), problem+json for every refusal.
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

// Dependency is a system that the process can do without for a while, and how to ask whether it is there.
type Dependency struct {
	Name  string
	Check func(context.Context) error
}

// Options is what the configuration says of the HTTP side.
type Options struct {
	Dependencies   []Dependency // beside the store, for /readyz
	Production     bool
	Origin         string // the frontend's, for CORS in production
	TrustedProxies []netip.Prefix
	// Observe, nil for nobody, is told of every answered request: a known method or "other", the pattern that matched, and the refusal's code, "" for none.
	Observe func(method, route, code string, status int, took time.Duration)
}

// API serves the contract. It is an http.Handler.
type API struct {
	login     *login.Login
	profile   *profile.Profile
	talk      *talk.Talk
	subscribe *subscribe.Subscribe
	work      ports.Work
	workers   ports.Workers
	clock     ports.Clock
	log       *slog.Logger
	options   Options

	router   chi.Router
	huma     huma.API
	draining context.Context
	drain    context.CancelFunc
	document func() []byte
}

// New returns the API over its use cases. pages, nil for none, serves what lies under /pretend/.
func New(l *login.Login, p *profile.Profile, t *talk.Talk, s *subscribe.Subscribe, work ports.Work, workers ports.Workers,
	clock ports.Clock, log *slog.Logger, options Options, pages http.Handler) *API {
	a := &API{login: l, profile: p, talk: t, subscribe: s, work: work, workers: workers, clock: clock, log: log, options: options, router: chi.NewRouter()}
	a.draining, a.drain = context.WithCancel(context.Background())
	a.router.Use(a.observe, recoverer, a.secure, a.allowOrigins(), middleware.GetHead)
	a.router.NotFound(notFound)
	a.router.MethodNotAllowed(methodNotAllowed(a.router))
	a.huma = humachi.New(a.router, describe())
	a.authRoutes()
	a.userRoutes()
	a.roomRoutes()
	a.messageRoutes()
	a.subscriptionRoutes()
	a.operatorRoutes()
	a.document = sync.OnceValue(a.render)
	a.documentPages()
	if pages != nil {
		a.router.Mount("/pretend", pages)
	}
	return a
}

func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.router.ServeHTTP(w, r) }

// Drain ends long-polls early and turns /readyz to 503, before the server shuts down.
func (a *API) Drain() { a.drain() }

// Health serves /healthz and /readyz and nothing else, for a worker of its own.
func (a *API) Health() http.Handler {
	nothing := a.observe(a.secure(http.HandlerFunc(notFound)))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
			a.ServeHTTP(w, r)
			return
		}
		nothing.ServeHTTP(w, r)
	})
}
