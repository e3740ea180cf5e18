// Package boot is the composition root: it picks one adapter for each port from
// the configuration and wires the program. It is the only package, with main,
// that knows fx; tests start the same program through it.
package boot

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"go.uber.org/dig"
	"go.uber.org/fx"

	"github.com/kuvaka-tech/parley/adapters/httpapi"
	"github.com/kuvaka-tech/parley/configs"
)

// App is a program that can be started and stopped once.
type App struct {
	fx     *fx.App
	server *server
	api    *httpapi.API
	parts  []Part

	metrics string // the URL of what is scraped, "" for none
}

// Part tells which adapter serves a port.
type Part struct {
	Port    string
	Adapter string
	StandIn bool
	Note    string // what a stand-in does not do
}

// Option changes the program before it is built.
type Option struct {
	fx        fx.Option
	inProcess bool
}

// Wrap puts something around a port: a fault, a trace, a count. A port can be wrapped once.
func Wrap[T any](around func(T) T) Option { return Option{fx: fx.Decorate(around)} }

// Keep uses this instance of an adapter, such as a *memory.Store, instead of a
// new one, so that it can outlive the app.
func Keep[T any](instance T) Option {
	return Option{fx: fx.Decorate(func(T) T { return instance })}
}

// Log sends the program's log lines elsewhere than to standard error.
func Log(log *slog.Logger) Option { return Keep(log) }

// InProcess opens no socket: requests go to App.ServeHTTP.
func InProcess() Option { return Option{inProcess: true} }

// New wires the program. It fails when a part cannot be made; nothing runs yet.
func New(c configs.Config, options ...Option) (*App, error) {
	listen := true
	app := &App{}
	modules := []fx.Option{fx.NopLogger, fx.Supply(c), counted(core()), fx.Populate(&app.server, &app.api)}
	for _, choose := range []func(configs.Config) (Part, fx.Option){store, queue, live, limiter, llm, sms, payments} {
		part, module := choose(c)
		app.parts = append(app.parts, part)
		modules = append(modules, module)
	}
	for _, o := range options {
		if o.fx != nil {
			modules = append(modules, o.fx)
		}
		listen = listen && !o.inProcess
	}
	app.fx = fx.New(append(modules, app.showMetrics(listen), lifecycle(c, listen))...)
	if err := app.fx.Err(); err != nil {
		return nil, fmt.Errorf("wiring the program: %w", dig.RootCause(err)) // less the chain of constructors
	}
	return app, nil
}

// Start brings every part up, workers before HTTP, and returns once requests are
// answered. A part that fails has the others stopped again.
func (a *App) Start(ctx context.Context) error {
	if err := a.fx.Start(ctx); err != nil {
		return fmt.Errorf("starting: %w", err)
	}
	a.tellStart(a.server.log)
	return nil
}

// Stop brings every part down in the opposite order, letting requests and answers end until ctx is over.
func (a *App) Stop(ctx context.Context) error {
	if err := a.fx.Stop(ctx); err != nil {
		return fmt.Errorf("stopping: %w", err)
	}
	return nil
}

// Failed gives a signal when a part cannot go on and the program should end.
// From the first call on it catches the signals of the operating system, too.
func (a *App) Failed() <-chan fx.ShutdownSignal { return a.fx.Wait() }

// URL is where the program listens, once it is started.
func (a *App) URL() string { return a.server.url() }

// ServeHTTP answers a request in process.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.api.ServeHTTP(w, r) }

// OpenAPI is the document of what the program serves.
func (a *App) OpenAPI() []byte { return a.api.OpenAPI() }

// Parts tells which adapter serves each port.
func (a *App) Parts() []Part { return a.parts }
