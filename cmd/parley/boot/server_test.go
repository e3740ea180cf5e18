package boot

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"

	"github.com/kuvaka-tech/parley/configs"
	"github.com/kuvaka-tech/parley/ports"
)

// slowHasher takes 10 s, as on an overloaded machine. Like the store, it stops
// when the request ends.
type slowHasher struct{ ports.Hasher }

func (slowHasher) Match(ctx context.Context, _, _ string) (bool, error) {
	select {
	case <-time.After(10 * time.Second):
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// Regression: huma set a read deadline on the connection, which ended the later
// requests on it after a request of more than 5 s.
func TestSlowRequestDoesNotEndTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, Wrap(func(ports.Hasher) ports.Hasher { return slowHasher{} }))
		for range 2 {
			if got := c.logIn(t); got != http.StatusUnauthorized {
				t.Errorf("status of a slow login with a wrong password = %d, want 401", got)
			}
		}
	})
}

// A client that sends a header byte by byte is disconnected after ReadHeaderTimeout.
func TestSlowHeaderIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t)
		start := time.Now()
		var writing sync.WaitGroup
		defer writing.Wait()
		writing.Go(func() {
			_, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
			for err == nil {
				time.Sleep(100 * time.Millisecond)
				_, err = io.WriteString(c, "a")
			}
		})
		if _, err := io.Copy(io.Discard, c); err != nil {
			t.Errorf("reading until the server disconnects: %v", err)
		}
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("the server disconnected after %s, want 5s", took)
		}
	})
}

// startWithHook starts a server by its hook and opens one connection to it.
func startWithHook(t *testing.T, shutdownDelay time.Duration) (conn, fx.Hook) {
	t.Helper()
	c := emptyConfig(t)
	c.ShutdownDelay = shutdownDelay
	log := slog.New(slog.DiscardHandler)
	app := newTestApp(t, c, log)
	t.Cleanup(func() { // runs the stop hooks of the components that newTestApp has created
		if err := errors.Join(app.Start(context.Background()), app.Stop(context.Background())); err != nil {
			t.Errorf("starting and stopping the program: %v", err)
		}
	})
	connection, listener := pipe(t)
	s := &server{config: c, log: log, listener: listener, handler: app}
	hook := s.hook(app.api.Drain, func() { t.Error("the HTTP server failed") })
	if err := hook.OnStart(t.Context()); err != nil {
		t.Fatalf("starting the HTTP server: %v", err)
	}
	return connection, hook
}

// During SHUTDOWN_DELAY the server continues to serve, is not ready, and closes connections.
func TestServerDrainsBeforeItStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, hook := startWithHook(t, 2*time.Second)
		if res := c.get(t, "/readyz"); res.StatusCode != http.StatusOK || res.Close {
			t.Fatalf("/readyz before the stop = %d, close %v, want 200 without close", res.StatusCode, res.Close)
		}
		start, stopped := time.Now(), make(chan error, 1)
		go func() { stopped <- hook.OnStop(t.Context()) }()
		time.Sleep(time.Second)
		if res := c.get(t, "/readyz"); res.StatusCode != http.StatusServiceUnavailable || !res.Close {
			t.Errorf("/readyz while draining = %d, close %v, want 503 and close", res.StatusCode, res.Close)
		}
		err := <-stopped
		if took := time.Since(start); err != nil || took != 2*time.Second {
			t.Errorf("OnStop returned %v after %s, want nil after 2s", err, took)
		}
	})
}

// A client that never completes its request delays the stop only by closeTimeout.
func TestStopIsNotDelayedByOneClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, hook := startWithHook(t, 0)
		const incomplete = "POST /auth/signup HTTP/1.1\r\nHost: localhost\r\n" +
			"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
		if _, err := io.WriteString(c, incomplete); err != nil {
			t.Fatalf("sending an incomplete request: %v", err)
		}
		synctest.Wait()
		start := time.Now()
		err := hook.OnStop(t.Context())
		if took := time.Since(start); err != nil || took != closeTimeout {
			t.Errorf("OnStop returned %v after %s, want nil after %s", err, took, closeTimeout)
		}
	})
}

func emptyConfig(t *testing.T) configs.Config {
	t.Helper()
	c, err := configs.Load(func(string) string { return "" })
	if err != nil {
		t.Fatalf("loading the configuration: %v", err)
	}
	return c
}

func newTestApp(t *testing.T, c configs.Config, log *slog.Logger, options ...Option) *App {
	t.Helper()
	app, err := New(c, append(options, InProcess(), Log(log))...)
	if err != nil {
		t.Fatalf("wiring the program: %v", err)
	}
	return app
}

// conn is a connection to the HTTP server without a socket.
type conn struct {
	net.Conn
	in *bufio.Reader
}

// connect starts a program and its HTTP server, and opens one connection to it.
func connect(t *testing.T, options ...Option) conn {
	t.Helper()
	c := emptyConfig(t)
	log := slog.New(slog.DiscardHandler)
	app := newTestApp(t, c, log, options...)
	if err := app.Start(t.Context()); err != nil {
		t.Fatalf("starting the program: %v", err)
	}
	connection, listener := pipe(t)
	s := &server{config: c, log: log, listener: listener}
	h := s.serve(app, func() { t.Error("the HTTP server failed") })
	t.Cleanup(func() {
		connection.Close()
		if err := h.Shutdown(context.Background()); err != nil {
			t.Errorf("shutting down the HTTP server: %v", err)
		}
		if err := app.Stop(context.Background()); err != nil {
			t.Errorf("stopping the program: %v", err)
		}
	})
	return connection
}

// get sends a GET request and drops the body of the response.
func (c conn) get(t *testing.T, path string) *http.Response {
	t.Helper()
	return c.send(t, http.MethodGet, path, "")
}

// logIn sends a login with a wrong password and returns the status.
func (c conn) logIn(t *testing.T) int {
	t.Helper()
	body := `{"mobile_number":"+1234567890","password":"wrong"}`
	return c.send(t, http.MethodPost, "/auth/login", body).StatusCode
}

func (c conn) send(t *testing.T, method, path, body string) *http.Response {
	t.Helper()
	r, err := http.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	if err != nil {
		t.Fatalf("creating the request: %v", err)
	}
	r.Header.Set("Content-Type", "application/json")
	if err := r.Write(c); err != nil {
		t.Fatalf("sending the request: %v", err)
	}
	res, err := http.ReadResponse(c.in, r)
	if err != nil {
		t.Fatalf("reading the response: %v", err)
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatalf("reading the body of the response: %v", err)
	}
	return res
}

// pipe returns a connection and a listener that accepts only its other end.
func pipe(t *testing.T) (conn, net.Listener) {
	t.Helper()
	client, server := net.Pipe()
	t.Cleanup(func() { client.Close() })
	l := &pipeListener{conns: make(chan net.Conn, 1), closed: make(chan struct{})}
	l.conns <- server
	return conn{client, bufio.NewReader(client)}, l
}

// pipeListener accepts the connections in conns.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { close(l.closed); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }
