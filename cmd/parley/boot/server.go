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

	"github.com/kuvaka-tech/parley/configs"
)

const (
	maxHeaderBytes = 64 << 10

	// closeTimeout limits how long requests in progress may take when the server
	// closes. Their connections are then cut, so that time is left for the worker.
	closeTimeout = 4 * time.Second
)

// server is the HTTP server of the program.
type server struct {
	config   configs.Config
	log      *slog.Logger
	listener net.Listener // nil until the server listens
	handler  http.Handler
}

func newServer(c configs.Config, log *slog.Logger) *server { return &server{config: c, log: log} }

// url returns the URL of the server.
func (s *server) url() string { return "http://" + s.address() }

// address returns the host and port of the server: those of the listener, or the
// configured ones before the server listens. If this is the address for all interfaces,
// the host is the loopback address.
func (s *server) address() string {
	addr := s.config.HTTPAddr
	if s.listener != nil {
		addr = s.listener.Addr().String()
	}
	if host, port, err := net.SplitHostPort(addr); err == nil && (host == "" || net.ParseIP(host).IsUnspecified()) {
		addr = net.JoinHostPort("127.0.0.1", port)
	}
	return addr
}

// hook returns the hook that starts and stops the server. Before the server stops, it
// calls drain and continues to serve for SHUTDOWN_DELAY. In this time /readyz returns
// 503, and responses ask clients to close their connection, so that a load balancer
// sends new requests to other processes. fail is called when the server fails.
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
			s.close(ctx, h)
			return nil
		},
	}
}

// listen opens the listener, unless a test has set one.
func (s *server) listen(ctx context.Context) error {
	if s.listener != nil {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.config.HTTPAddr)
	if err != nil {
		return fmt.Errorf("listening (set HTTP_ADDR to use another address): %w", err)
	}
	s.listener = listener
	return nil
}

// serve serves requests in the background until the server is closed. The timeouts
// disconnect slow clients. WriteTimeout is longer than a long-poll, which takes up to 30 s.
func (s *server) serve(handler http.Handler, fail func()) *http.Server {
	h := &http.Server{
		Handler:                      handler,
		ReadHeaderTimeout:            5 * time.Second,
		ReadTimeout:                  15 * time.Second,
		WriteTimeout:                 60 * time.Second,
		IdleTimeout:                  2 * time.Minute,
		MaxHeaderBytes:               maxHeaderBytes,
		DisableGeneralOptionsHandler: true, // the handler also answers "OPTIONS *"
		ErrorLog:                     slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	go func() {
		if err := h.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("HTTP server failed", "err", err)
			fail()
		}
	}()
	return h
}

// close waits up to closeTimeout for requests in progress, and then cuts their connections.
func (s *server) close(ctx context.Context, h *http.Server) {
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	if err := h.Shutdown(ctx); err != nil {
		s.log.Warn("closing connections with requests in progress", "err", err)
		_ = h.Close() // the end of the process closes what remains
	}
}
