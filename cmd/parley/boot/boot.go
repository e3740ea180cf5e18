// Package boot is the composition root: it chooses one adapter for each port from
// the configuration and wires the program. Besides main, it is the only package
// that knows fx. Tests start the same program through it.
package boot

import (
	"context"
	"fmt"
	"net/http"

	"go.uber.org/dig"
	"go.uber.org/fx"

	"github.com/kuvaka-tech/parley/adapters/httpapi"
	"github.com/kuvaka-tech/parley/configs"
)

// App is a program that can be started and stopped once.
type App struct {
	fx         *fx.App
	server     *server
	api        *httpapi.API
	adapters   []Adapter
	metricsURL string
}

// Adapter says which adapter implements a port.
type Adapter struct {
	Port    string
	Name    string
	StandIn bool   // it replaces a real system, such as a model, for development
	Note    string // the limitation of a stand-in
}

// New wires the program without starting it. It fails when a component cannot be created.
func New(c configs.Config, options ...Option) (*App, error) {
	app := &App{}
	modules := []fx.Option{
		fx.NopLogger,
		fx.Supply(c),
		withMetrics(baseModule()),
		fx.Populate(&app.server, &app.api),
	}
	for _, choose := range choices {
		adapter, module := choose(c)
		app.adapters = append(app.adapters, adapter)
		modules = append(modules, module)
	}
	listen := true
	for _, o := range options {
		modules = append(modules, o.module())
		listen = listen && !o.inProcess
	}
	modules = append(modules, app.metricsModule(listen), lifecycleModule(listen))
	app.fx = fx.New(modules...)
	if err := app.fx.Err(); err != nil {
		return nil, fmt.Errorf("wiring the program: %w", dig.RootCause(err)) // without the list of constructors
	}
	return app, nil
}

// Start starts all components, the worker before the HTTP server, and returns when
// the server serves requests. When a component fails to start, Start stops the others.
func (a *App) Start(ctx context.Context) error {
	if err := a.fx.Start(ctx); err != nil {
		return fmt.Errorf("starting: %w", err)
	}
	a.logStart(a.server.log)
	return nil
}

// Stop stops all components in the reverse order. Requests and replies in progress may
// continue for a limited time, but not after ctx is done.
func (a *App) Stop(ctx context.Context) error {
	if err := a.fx.Stop(ctx); err != nil {
		return fmt.Errorf("stopping: %w", err)
	}
	return nil
}

// Failed returns a channel that receives a signal with exit code 1 when a component
// has failed and the program should end. After the first call of Failed, the channel
// also receives SIGINT and SIGTERM, with exit code 0.
func (a *App) Failed() <-chan fx.ShutdownSignal { return a.fx.Wait() }

// URL returns the address of the HTTP server of a started program.
func (a *App) URL() string { return a.server.url() }

// MetricsURL returns the address of the Prometheus metrics of a started program. It
// is "" if the program does not serve them.
func (a *App) MetricsURL() string { return a.metricsURL }

// ServeHTTP implements http.Handler. It serves a request without a socket.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.api.ServeHTTP(w, r) }

// OpenAPI returns the OpenAPI document as JSON.
func (a *App) OpenAPI() []byte { return a.api.OpenAPI() }

// Adapters returns the adapters that the configuration has chosen.
func (a *App) Adapters() []Adapter { return a.adapters }
