package boot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"go.uber.org/fx"

	"github.com/kuvaka-tech/parley/adapters/httpapi"
	"github.com/kuvaka-tech/parley/adapters/reconciler"
	"github.com/kuvaka-tech/parley/adapters/worker"
	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
)

// server is the program's own HTTP server and what others know of it.
type server struct {
	config   configs.Config
	log      *slog.Logger
	listener net.Listener
	handler  http.Handler
}

func newServer(c configs.Config, log *slog.Logger) *server { return &server{config: c, log: log} }

// url is where the program is reached: by its listener, or, before there is one, by its configuration.
func (s *server) url() string {
	addr := s.config.Addr
	if s.listener != nil {
		addr = s.listener.Addr().String()
	}
	if host, port, err := net.SplitHostPort(addr); err == nil && (host == "" || net.ParseIP(host).IsUnspecified()) {
		addr = net.JoinHostPort("127.0.0.1", port) // listens everywhere; this works from here
	}
	return "http://" + addr
}

// returnPages are the frontend's, or stand-ins for them where there is none.
func (s *server) returnPages() subscribe.Pages {
	home := s.config.FrontendURL
	if home == "" {
		home = s.url() + "/pretend/app"
	}
	pages := subscribe.Pages{Success: home + "/subscription/success", Cancel: home + "/subscription/cancel", Account: home + "/account", Allowed: s.config.ReturnURLs}
	if u, err := url.Parse(home); err == nil {
		pages.Allowed = append([]*url.URL{u}, pages.Allowed...)
	}
	return pages
}

// serve answers requests until the listener is closed. Slow clients are cut off
// at these times; the long-poll's 30 s fit in.
func (s *server) serve(handler http.Handler, fail func()) *http.Server {
	h := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		DisableGeneralOptionsHandler: true, // "OPTIONS *" is a request like any other
		ErrorLog:                     slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	go func() {
		if err := h.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("the HTTP server ended", "err", err)
			fail()
		}
	}()
	return h
}

// deliver posts a webhook to the program itself.
func (s *server) deliver(ctx context.Context, payload []byte, signature string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "/subscribe/webhook", bytes.NewReader(payload))
	if err != nil {
		return fmt.Errorf("making the webhook: %w", err)
	}
	r.RemoteAddr = "127.0.0.1:0"
	r.Header.Set("Stripe-Signature", signature)
	w := answer{header: http.Header{}, status: http.StatusOK}
	s.handler.ServeHTTP(&w, r)
	if w.status != http.StatusOK {
		return fmt.Errorf("the webhook was answered with %d", w.status)
	}
	return nil
}

// answer is what a handler answers, less the body.
type answer struct {
	header http.Header
	status int
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) Write(p []byte) (int, error) { return len(p), nil }
func (a *answer) WriteHeader(status int)      { a.status = status }

// lifecycle says what starts and stops, in which order: fx stops in the opposite one.
func lifecycle(c configs.Config, listen bool) fx.Option {
	return fx.Invoke(func(lc fx.Lifecycle, down fx.Shutdowner, s *server, api *httpapi.API, w *worker.Worker, r *reconciler.Reconciler, payments ports.Payments, log *slog.Logger) {
		fail := func() { _ = down.Shutdown(fx.ExitCode(1)) }
		s.handler = api
		if c.Role == configs.Worker {
			s.handler = api.Health()
		}
		if c.Role != configs.API {
			lc.Append(background("worker", w.Run, log, fail))
		}
		if reconciles(c, payments) {
			lc.Append(background("reconciler", endless(r.Run), log, fail))
		}
		if listen {
			lc.Append(s.hook(api.Drain, fail))
		} else {
			lc.Append(fx.StopHook(api.Drain))
		}
		lc.Append(fx.StopHook(func() { log.Info("stopping: what is under way comes to its end first") }))
	})
}

// background runs a part for as long as the app. The context of OnStart ends with
// the start, so the part gets its own.
func background(part string, run func(context.Context) error, log *slog.Logger, fail func()) fx.Hook {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	return fx.Hook{
		OnStart: func(context.Context) error {
			go func() {
				defer close(ended)
				if err := run(ctx); err != nil {
					log.Error("the "+part+" ended", "err", err)
					fail()
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
				return fmt.Errorf("waiting for the %s: %w", part, stop.Err())
			}
		},
	}
}

// listen does so unless a listener was given.
func (s *server) listen(ctx context.Context) (err error) {
	if s.listener != nil {
		return nil
	}
	if s.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", s.config.Addr); err != nil {
		return fmt.Errorf("listening (HTTP_ADDR chooses another address): %w", err)
	}
	return nil
}

// closeWithin bounds how long requests under way may take once the server closes;
// then their connections are cut, so that the worker gets its share of the time.
const closeWithin = 4 * time.Second

// hook listens and serves. Stopping drains: /readyz says so and connections are
// asked to close for as long as SHUTDOWN_DELAY gives a load balancer to notice,
// long-polls end, and requests under way are answered.
func (s *server) hook(drain, fail func()) fx.Hook {
	var h *http.Server
	return fx.Hook{
		OnStart: func(ctx context.Context) error {
			if err := s.listen(ctx); err != nil {
				return err
			}
			h = s.serve(s.handler, fail)
			return nil
		},
		OnStop: func(ctx context.Context) error {
			drain()
			select {
			case <-time.After(s.config.ShutdownDelay):
			case <-ctx.Done():
			}
			ctx, cancel := context.WithTimeout(ctx, closeWithin)
			defer cancel()
			if err := h.Shutdown(ctx); err != nil {
				s.log.Warn("cutting connections that do not end", "err", err)
				_ = h.Close() // what is left of it is gone with the process
			}
			return nil
		},
	}
}
