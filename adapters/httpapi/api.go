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

	"github.com/kuvaka-tech/parley/app/answer"
	"github.com/kuvaka-tech/parley/app/export"
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
	Export     *export.Service
	Talk       *talk.Service
	Answers    *answer.Service // for cancelling replies
	Subscribe  *subscribe.Service
	ReplyQueue ports.ReplyQueue // for /readyz
	Workers    ports.Workers    // for /readyz
	Clock      ports.Clock
	Log        *slog.Logger

	// RoomVersions, if not nil, tell how long a response with rooms may be cached.
	RoomVersions ports.RoomVersions
	// OnRoomCache is called with the outcome of each request for such a response: hit, miss or bypassed.
	OnRoomCache func(outcome string)

	Page            http.Handler // serves the page at / and its files under /assets/; nil for none
	PretendPages    http.Handler // serves the pages under /pretend/; nil for none
	Dependencies    []Dependency // for /readyz, besides the store
	Production      bool
	PublicKeys      []byte         // a JSON Web Key Set, served at /.well-known/jwks.json; nil for none
	FrontendOrigins []string       // CORS allows them, in lower case
	HostNames       []string       // the server's own, in lower case; only checked in development
	Rates           ports.Limiter  // counts the requests a second of users and addresses; nil for no limit
	UserRequests    int            // how many requests of one user may be in progress; 0 for no limit
	TrustedProxies  []netip.Prefix // proxies whose X-Forwarded-For header is used

	// OnRequest, if not nil, is called after each request. method is a standard
	// method or "other", route is the pattern that matched, and code is the code of
	// the error response, "" for none.
	OnRequest func(method, route, code string, status int, duration time.Duration)

	// OnStream is called with 1 when a stream of events starts, and with -1 when it ends.
	OnStream func(change int)
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
	streams    openStreams
	slow       slowResponses
	requests   *userRequests
	rates      *requestRates // nil for no limit
	rooms      *roomCache    // nil if responses are not cached
	document   func() []byte // renders the OpenAPI document once, at the first call
}

// New returns an API with all its routes.
func New(c Config) *API {
	a := &API{config: c, router: chi.NewRouter(), requests: newUserRequests(c.UserRequests)}
	a.rates = newRequestRates(c.Rates, c.Clock)
	a.draining, a.startDrain = context.WithCancel(context.Background())
	a.streams.checkSession = c.Login.CheckSession
	if c.RoomVersions != nil {
		a.rooms = newRoomCache(c.RoomVersions, c.OnRoomCache)
	}
	a.router.Use(a.logRequests, recoverPanics, a.setSecurityHeaders)
	a.router.Use(a.cors(), a.checkHost, a.forwardedPrefix, middleware.GetHead)
	a.router.NotFound(a.notFoundOrPage)
	a.router.MethodNotAllowed(methodNotAllowed(a.router))
	a.huma = humachi.New(a.router, openAPIConfig())
	a.registerAuth()
	a.registerPasswords()
	a.registerNumberChange()
	a.registerRefresh()
	a.registerSessions()
	a.registerUser()
	a.registerExport()
	a.registerRooms()
	a.registerSend()
	a.registerMessages()
	a.registerMessageChanges()
	a.registerVersions()
	a.registerEvents()
	a.registerSearch()
	a.registerSubscription()
	a.registerPaymentPages()
	a.registerWebhooks()
	a.registerHealth()
	a.document = sync.OnceValue(a.renderDocument)
	a.registerDocumentPages()
	a.registerPublicKeys()
	a.registerPage()
	if c.PretendPages != nil {
		a.router.Mount("/pretend", c.PretendPages)
	}
	return a
}

// ServeHTTP implements http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.router.ServeHTTP(w, r) }

// Drain prepares the shutdown of the server: from now on /readyz returns 503,
// long-polls end early, and responses ask clients to close their connection. Drain ends
// the streams of events and returns when they have ended, after a second at the latest.
func (a *API) Drain() {
	a.startDrain()
	if a.rooms != nil {
		a.rooms.close()
	}
	a.streams.drain()
}

// HealthOnly returns a handler that serves only /healthz and /readyz, for a
// process that is only a worker.
func (a *API) HealthOnly() http.Handler {
	otherPaths := a.logRequests(a.setSecurityHeaders(http.HandlerFunc(notFound)))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isHealthPath(r.URL.Path) {
			a.ServeHTTP(w, r)
			return
		}
		otherPaths.ServeHTTP(w, r)
	})
}
