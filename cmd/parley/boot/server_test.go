package boot

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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
