package boot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"go.uber.org/fx"

	"github.com/kuvaka-tech/parley/adapters/httpapi"
	"github.com/kuvaka-tech/parley/adapters/metrics"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
)

// withMetrics wraps the ports that module uses with counters. The counters are around
// the wrappers of Wrap, so that they also count injected errors.
func withMetrics(module fx.Option) fx.Option {
	return fx.Module("metrics", module,
		fx.Provide(func() *metrics.Metrics { return metrics.New(Version()) }),
		fx.Decorate(countMessages, countMessageChanges, countLLM, countSMS, countWebhooks),
	)
}

func countMessages(p ports.Messages, m *metrics.Metrics) ports.Messages {
	return metrics.Messages{Messages: p, Metrics: m}
}

func countMessageChanges(p ports.MessageChanges, m *metrics.Metrics) ports.MessageChanges {
	return metrics.MessageChanges{MessageChanges: p, Metrics: m}
}

func countLLM(p ports.LLM, m *metrics.Metrics) ports.LLM {
	return metrics.LLM{LLM: p, Metrics: m}
}

func countSMS(p ports.SMS, m *metrics.Metrics) ports.SMS {
	return metrics.SMS{SMS: p, Metrics: m}
}

func countWebhooks(p ports.Webhooks, m *metrics.Metrics) ports.Webhooks {
	return metrics.Webhooks{Webhooks: p, Metrics: m}
}

// storeDependency is the database as a dependency, for the metrics. Its Check is nil
// for the memory store.
type storeDependency httpapi.Dependency

// metricsParams are the parameters of the metrics server.
type metricsParams struct {
	fx.In

	Lifecycle    fx.Lifecycle
	Config       configs.Config
	Metrics      *metrics.Metrics
	Log          *slog.Logger
	ReplyQueue   ports.ReplyQueue
	Workers      ports.Workers
	TokenSpend   ports.TokenSpend
	CodeCounts   ports.CodeCounts
	Retention    ports.Retention
	Customers    ports.CustomerDeletions
	Clock        ports.Clock
	Store        storeDependency
	Dependencies dependencies
}

// metricsModule serves /metrics on METRICS_ADDR, if it is set and the program
// listens at all.
func (a *App) metricsModule(listen bool) fx.Option {
	return fx.Invoke(func(p metricsParams) {
		if p.Config.MetricsAddr != "" && listen {
			p.register()
			p.Lifecycle.Append(a.metricsHook(p))
		}
	})
}

// register adds the metrics that are read at each scrape. It also initializes the
// counters of the configured providers and senders, so that they are exported as 0.
func (p metricsParams) register() {
	p.Metrics.RegisterStore(p.ReplyQueue, p.Workers, p.TokenSpend, p.Clock)
	p.Metrics.RegisterCountryCodes(p.CodeCounts, p.Clock)
	p.Metrics.RegisterDeletions(p.Retention, p.Customers, p.Clock)
	if p.Store.Check != nil {
		p.Metrics.RegisterDependency(p.Store.Name, p.Store.Check)
	}
	for _, d := range p.Dependencies {
		p.Metrics.RegisterDependency(d.Name, d.Check)
	}
	for _, s := range p.Config.SMSSenders {
		p.Metrics.InitSenders(s.Name)
	}
	for _, l := range p.Config.LLMProviders {
		p.Metrics.InitProviders(l.Name)
	}
}

func (a *App) metricsHook(p metricsParams) fx.Hook {
	s := newMetricsServer(p.Metrics, p.Log)
	return fx.Hook{
		OnStart: func(ctx context.Context) error {
			listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", p.Config.MetricsAddr)
			if err != nil {
				return fmt.Errorf("listening for metrics (set METRICS_ADDR to use another address): %w", err)
			}
			a.metricsURL = "http://" + listener.Addr().String() + "/metrics"
			go serveMetrics(s, listener, p.Log)
			return nil
		},
		OnStop: s.Shutdown,
	}
}

func newMetricsServer(m *metrics.Metrics, log *slog.Logger) *http.Server {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m)
	return &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       5 * time.Second,
		WriteTimeout:      15 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// serveMetrics serves until the server is shut down. The program continues without
// metrics if the server fails.
func serveMetrics(s *http.Server, listener net.Listener, log *slog.Logger) {
	if err := s.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		log.Error("metrics server failed", "err", err)
	}
}
