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

	"github.com/kuvaka-tech/parley/adapters/metrics"
	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
)

// counted is the core with its ports counted, around whatever options have put there.
func counted(core fx.Option) fx.Option {
	return fx.Module("counted", core, fx.Provide(func() *metrics.Metrics { return metrics.New(Version()) }),
		fx.Decorate(
			func(p ports.Messages, m *metrics.Metrics) ports.Messages {
				return metrics.Messages{Messages: p, Metrics: m}
			},
			func(p ports.LLM, m *metrics.Metrics) ports.LLM { return metrics.LLM{LLM: p, Metrics: m} },
			func(p ports.SMS, m *metrics.Metrics) ports.SMS { return metrics.SMS{SMS: p, Metrics: m} },
			func(p ports.Webhooks, m *metrics.Metrics) ports.Webhooks {
				return metrics.Webhooks{Webhooks: p, Metrics: m}
			},
		),
	)
}

// watched is what is asked at each scrape.
type watched struct {
	fx.In
	Work    ports.Work
	Workers ports.Workers
	Spend   ports.Spend
	Clock   ports.Clock
	DB      *postgres.DB `optional:"true"`
	Needs   dependencies
}

func (w watched) by(m *metrics.Metrics) {
	m.Watch(w.Work, w.Workers, w.Spend, w.Clock)
	if w.DB != nil {
		m.Up("postgres", w.DB.Ping)
	}
	for _, d := range w.Needs {
		m.Up(d.Name, d.Check)
	}
}

// begin shows the counts of those who are configured from the start.
func begin(m *metrics.Metrics, c configs.Config) {
	for _, s := range c.SMSSenders {
		m.Senders(s.Name)
	}
	for _, one := range c.Models {
		m.Providers(one.Name)
	}
}

// showMetrics serves /metrics on a listener of its own, where the configuration names one.
func (a *App) showMetrics(listen bool) fx.Option {
	return fx.Invoke(func(lc fx.Lifecycle, c configs.Config, m *metrics.Metrics, w watched, log *slog.Logger) {
		if c.MetricsAddr == "" || !listen {
			return
		}
		w.by(m)
		begin(m, c)
		h := scrapes(m, log)
		lc.Append(fx.Hook{
			OnStart: func(ctx context.Context) error {
				l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.MetricsAddr)
				if err != nil {
					return fmt.Errorf("listening for scrapes (METRICS_ADDR chooses another address): %w", err)
				}
				a.metrics = "http://" + l.Addr().String() + "/metrics"
				go scraped(h, l, log)
				return nil
			},
			OnStop: h.Shutdown,
		})
	})
}

func scrapes(m *metrics.Metrics, log *slog.Logger) *http.Server {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m)
	return &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second, WriteTimeout: 15 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
}

// scraped serves until the server is shut down. A program that cannot be measured goes on.
func scraped(h *http.Server, l net.Listener, log *slog.Logger) {
	if err := h.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		log.Error("the metrics' HTTP server ended", "err", err)
	}
}

// MetricsURL is where Prometheus finds the metrics, once the program is started; "" for nowhere.
func (a *App) MetricsURL() string { return a.metrics }
