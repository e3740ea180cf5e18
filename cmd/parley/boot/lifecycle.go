package boot

import (
	"context"
	"fmt"
	"log/slog"

	"go.uber.org/fx"

	"github.com/kuvaka-tech/parley/adapters/httpapi"
	"github.com/kuvaka-tech/parley/adapters/reconciler"
	"github.com/kuvaka-tech/parley/adapters/worker"
	"github.com/kuvaka-tech/parley/app/login"
	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
)

// lifecycleParams are the components that run in the background, and what they need.
type lifecycleParams struct {
	fx.In

	Lifecycle  fx.Lifecycle
	Shutdowner fx.Shutdowner
	Config     configs.Config
	Log        *slog.Logger
	Server     *server
	API        *httpapi.API
	Worker     *worker.Worker
	Reconciler *reconciler.Reconciler
	Payments   ports.Payments
	Load       *talk.LoadMonitor
	CodeGuard  *login.CodeGuard
	Clock      ports.Clock
}

// lifecycleModule starts the components for the role of the process: the worker, the load
// monitor, the code guard, the reconciler, and the HTTP server. fx stops them in the reverse order.
func lifecycleModule(listen bool) fx.Option {
	return fx.Invoke(func(p lifecycleParams) { p.appendHooks(listen) })
}

func (p lifecycleParams) appendHooks(listen bool) {
	p.Server.handler = p.API
	if p.Config.Role == configs.RoleWorker {
		p.Server.handler = p.API.HealthOnly()
	}
	if p.Config.Role != configs.RoleAPI {
		p.Lifecycle.Append(p.background("worker", p.Worker.Run))
	}
	if p.Config.Role != configs.RoleWorker {
		p.Lifecycle.Append(p.background("load monitor", func(ctx context.Context) error {
			p.Load.Run(ctx, p.Clock)
			return nil
		}))
		p.Lifecycle.Append(p.background("code guard", func(ctx context.Context) error {
			p.CodeGuard.Run(ctx, p.Clock)
			return nil
		}))
	}
	if shouldReconcile(p.Config, p.Payments) {
		p.Lifecycle.Append(p.background("reconciler", func(ctx context.Context) error {
			p.Reconciler.Run(ctx)
			return nil
		}))
	}
	if listen {
		p.Lifecycle.Append(p.Server.hook(p.API.Drain, p.fail))
	} else {
		p.Lifecycle.Append(fx.StopHook(p.API.Drain))
	}
	p.Lifecycle.Append(fx.StopHook(func() {
		p.Log.Info("stopping, waiting for requests and replies in progress")
	}))
}

// fail ends the program because a component has failed.
func (p lifecycleParams) fail() { _ = p.Shutdowner.Shutdown(fx.ExitCode(1)) }

// background returns a hook that runs a component in a goroutine until the program
// stops. The component gets its own context, because the context of OnStart ends when
// the program has started.
func (p lifecycleParams) background(component string, run func(context.Context) error) fx.Hook {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	return fx.Hook{
		OnStart: func(context.Context) error {
			go func() {
				defer close(ended)
				if err := run(ctx); err != nil {
					p.Log.Error(component+" failed", "err", err)
					p.fail()
				}
			}()
			return nil
		},
		OnStop: func(stop context.Context) error {
			cancel()
			select {
			case <-ended:
				return nil
			case <-stop.Done():
				return fmt.Errorf("waiting for the %s: %w", component, stop.Err())
			}
		},
	}
}
