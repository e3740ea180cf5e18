package postgres_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/postgres"
	"github.com/kuvaka-tech/parley/ports"
)

// proxy forwards connections to a server. silence makes the existing connections
// silent: they stay open, but no data arrives any more.
type proxy struct {
	net.Listener
	server string

	mu       sync.Mutex
	silenced chan struct{} // closed to silence the connections that were accepted before
}

func newProxy(t *testing.T, server string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("opening a port for the proxy: %v", err)
	}
	p := &proxy{Listener: listener, server: server, silenced: make(chan struct{})}
	var connections sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	connections.Go(func() {
		for {
			client, err := p.Accept()
			if err != nil {
				return
			}
			connections.Go(func() { p.forward(ctx, client) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		cancel()
		connections.Wait()
	})
	return p
}

func (p *proxy) silence() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.silenced)
	p.silenced = make(chan struct{})
}

func (p *proxy) forward(ctx context.Context, client net.Conn) {
	p.mu.Lock()
	silenced := p.silenced
	p.mu.Unlock()
	defer client.Close()
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	ended := make(chan struct{}, 2)
	forward := func(to, from net.Conn) {
		_, _ = io.Copy(to, from)
		ended <- struct{}{}
	}
	go forward(client, server)
	go forward(server, client)
	select {
	case <-ended:
		server.Close()
	case <-ctx.Done():
		server.Close()
	case <-silenced:
		server.Close() // the connection to the client stays open
		<-ctx.Done()
	}
}

// When the server disappears silently, the store gives up one silent connection after
// the other and opens new ones.
func TestSilentConnectionsAreReplaced(t *testing.T) {
	s := newSchema(t)
	s.noError(postgres.Migrate(t.Context(), s.url, slog.New(slog.DiscardHandler)))
	address, err := url.Parse(s.url)
	s.noError(err)
	p := newProxy(t, address.Host)
	address.Host = p.Addr().String()
	db, err := postgres.Open(t.Context(), address.String())
	s.noError(err)
	defer db.Close()
	db.SetTimeout(200 * time.Millisecond)
	workers := postgres.Workers{DB: db}
	beat := ports.Heartbeat{Worker: "a", Until: noon}
	s.noError(workers.Heartbeat(t.Context(), beat))
	_, err = workers.CountLive(t.Context(), noon)
	s.noError(err)
	p.silence()
	for began := time.Now(); ; {
		heartbeatErr := workers.Heartbeat(t.Context(), beat)
		_, countErr := workers.CountLive(t.Context(), noon)
		if heartbeatErr == nil && countErr == nil {
			break
		}
		if time.Since(began) > 5*time.Second {
			t.Fatalf("5 s after the silence: Heartbeat error = %v, CountLive error = %v, want nil",
				heartbeatErr, countErr)
		}
	}
}
