package boot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"time"

	"go.uber.org/fx"

	"github.com/kuvaka-tech/parley/adapters/httpapi"
	"github.com/kuvaka-tech/parley/adapters/worker"
	"github.com/kuvaka-tech/parley/app/subscribe"
	"github.com/kuvaka-tech/parley/configs"
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
	if s.listener != nil {
		return "http://" + s.listener.Addr().String()
	}
	return "http://" + s.config.Addr
}

// returnPages are the frontend's, or stand-ins for them where there is none.
func (s *server) returnPages() subscribe.Pages {
	home := s.config.FrontendURL
	if home == "" {
		home = s.url() + "/pretend/app"
	}
	return subscribe.Pages{Success: home + "/subscription/success", Cancel: home + "/subscription/cancel", Account: home + "/account"}
}

// serve answers requests until the listener is closed. Slow clients are cut off
// at these times; the long-poll's 30 s fit in.
func (s *server) serve(api http.Handler, fail func()) *http.Server {
	h := &http.Server{
		Handler: api, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
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
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/subscribe/webhook", bytes.NewReader(payload))
	r.Header.Set("Stripe-Signature", signature)
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		return fmt.Errorf("the webhook was answered with %d", w.Code)
	}
	return nil
}

// lifecycle says what starts and stops, in which order: fx stops in the opposite one.
func lifecycle(p plan) fx.Option {
	return fx.Invoke(func(lc fx.Lifecycle, down fx.Shutdowner, s *server, api *httpapi.API, w *worker.Worker, log *slog.Logger) {
		fail := func() { _ = down.Shutdown(fx.ExitCode(1)) }
		s.handler = api
		lc.Append(workerHook(w, log, fail))
		if p.listen {
			lc.Append(s.hook(api, fail))
		} else {
			lc.Append(fx.StopHook(api.Drain))
		}
	})
}

// workerHook runs the worker for as long as the app. The context of OnStart ends
// with the start, so the worker gets its own.
func workerHook(w *worker.Worker, log *slog.Logger, fail func()) fx.Hook {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	return fx.Hook{
		OnStart: func(context.Context) error {
			go func() {
				defer close(ended)
				if err := w.Run(ctx); err != nil {
					log.Error("the worker ended", "err", err)
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
				return fmt.Errorf("waiting for the worker: %w", stop.Err())
			}
		},
	}
}

// hook listens and serves. Stopping drains: long-polls end, requests under way are answered.
func (s *server) hook(api *httpapi.API, fail func()) fx.Hook {
	var h *http.Server
	return fx.Hook{
		OnStart: func(ctx context.Context) (err error) {
			if s.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", s.config.Addr); err != nil {
				return fmt.Errorf("listening (HTTP_ADDR chooses another address): %w", err)
			}
			h = s.serve(api, fail)
			return nil
		},
		OnStop: func(ctx context.Context) error {
			api.Drain()
			if err := h.Shutdown(ctx); err != nil {
				return fmt.Errorf("closing the HTTP server: %w", err)
			}
			return nil
		},
	}
}
