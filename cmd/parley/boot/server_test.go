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

// slow is a hasher that takes 10 s, as a machine under load does. Like the
// store, it gives up with its request.
type slow struct{ ports.Hasher }

func (slow) Match(ctx context.Context, _, _ string) (bool, error) {
	select {
	case <-time.After(10 * time.Second):
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// A deadline that huma set on the connection after the body was read ended all
// requests on it, from one that took more than 5 s on.
func TestRequestsSurviveASlowOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := serve(t, Wrap(func(ports.Hasher) ports.Hasher { return slow{} }))
		for range 2 {
			if got := c.logIn(t); got != http.StatusUnauthorized {
				t.Errorf("a login that is wrong was answered with %d", got)
			}
		}
	})
}

// A client that sends a header byte by byte is cut off 5 s after it began.
func TestSlowHeadersAreCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, began := serve(t), time.Now()
		var writing sync.WaitGroup
		defer writing.Wait()
		writing.Go(func() {
			_, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ")
			for err == nil {
				time.Sleep(100 * time.Millisecond)
				_, err = io.WriteString(c, "a")
			}
		})
		if _, err := io.Copy(io.Discard, c); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("cut off after %s", took)
		}
	})
}

// stopping is a server under its hook, with one connection to it.
func stopping(t *testing.T, delay time.Duration) (conn, fx.Hook) {
	t.Helper()
	c, err := configs.Load(func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	c.ShutdownDelay = delay
	log := slog.New(slog.DiscardHandler)
	app, err := New(c, InProcess(), Log(log))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(app.Start(context.Background()), app.Stop(context.Background())); err != nil {
			t.Errorf("freeing the program: %v", err)
		}
	})
	near, far := net.Pipe()
	t.Cleanup(func() { near.Close() })
	pipes := &pipes{conns: make(chan net.Conn, 1), closed: make(chan struct{})}
	pipes.conns <- far
	s := &server{config: c, log: log, listener: pipes, handler: app}
	hook := s.hook(app.api.Drain, func() { t.Error("the server failed") })
	if err := hook.OnStart(t.Context()); err != nil {
		t.Fatal(err)
	}
	return conn{near, bufio.NewReader(near)}, hook
}

// get asks on the one connection.
func (c conn) get(t *testing.T, path string) *http.Response {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, "http://parley"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Write(c); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(c.in, r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
	return res
}

// Told to stop, the server answers on for a while, not ready, and asks connections to close.
func TestStoppingIsSeenFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, hook := stopping(t, 2*time.Second)
		if res := c.get(t, "/readyz"); res.StatusCode != http.StatusOK || res.Close {
			t.Fatalf("before: %d, closing %v", res.StatusCode, res.Close)
		}
		began, ended := time.Now(), make(chan error, 1)
		go func() { ended <- hook.OnStop(t.Context()) }()
		time.Sleep(time.Second)
		if res := c.get(t, "/readyz"); res.StatusCode != http.StatusServiceUnavailable || !res.Close {
			t.Errorf("while it stops: %d, closing %v", res.StatusCode, res.Close)
		}
		if err := <-ended; err != nil || time.Since(began) != 2*time.Second {
			t.Errorf("ended with %v after %s", err, time.Since(began))
		}
	})
}

// A client that never ends its request does not use up the time that running answers need.
func TestStoppingWaitsForNobodyLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, hook := stopping(t, 0)
		if _, err := io.WriteString(c, "POST /auth/signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		began := time.Now()
		if err := hook.OnStop(t.Context()); err != nil || time.Since(began) != closeWithin {
			t.Errorf("ended with %v after %s", err, time.Since(began))
		}
	})
}

// conn is one connection to a program's own server, without a socket.
type conn struct {
	net.Conn
	in *bufio.Reader
}

func serve(t *testing.T, options ...Option) conn {
	t.Helper()
	c, err := configs.Load(func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	app, err := New(c, append(options, InProcess(), Log(log))...)
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	near, far := net.Pipe()
	pipes := &pipes{conns: make(chan net.Conn, 1), closed: make(chan struct{})}
	pipes.conns <- far
	s := &server{config: c, log: log, listener: pipes}
	h := s.serve(app, func() { t.Error("the server failed") })
	t.Cleanup(func() {
		near.Close()
		if err := h.Shutdown(context.Background()); err != nil {
			t.Errorf("closing the server: %v", err)
		}
		if err := app.Stop(context.Background()); err != nil {
			t.Errorf("stopping: %v", err)
		}
	})
	return conn{near, bufio.NewReader(near)}
}

func (c conn) logIn(t *testing.T) int {
	t.Helper()
	r, err := http.NewRequest("POST", "http://parley/auth/login", strings.NewReader(`{"mobile_number":"+1234567890","password":"wrong"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if err := r.Write(c); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(c.in, r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode
}

// pipes is a listener of the connections it is given.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }
