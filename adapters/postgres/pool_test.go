package postgres_test

import (
	"context"
	"errors"
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

// openProxy opens the store through a proxy.
func (s *schema) openProxy() (*postgres.DB, *proxy) {
	s.Helper()
	s.noError(postgres.Migrate(s.Context(), s.url, slog.New(slog.DiscardHandler)))
	address, err := url.Parse(s.url)
	s.noError(err)
	var db *postgres.DB
	s.Cleanup(func() { // after the proxy has closed the silent connections, because Close waits for them
		if err := db.Close(); err != nil {
			s.Errorf("closing the store: %v", err)
		}
	})
	p := newProxy(s.T, address.Host)
	address.Host = p.Addr().String()
	db, err = postgres.Open(s.Context(), address.String())
	s.noError(err)
	return db, p
}

// When the server disappears silently, the store gives up one silent connection after
// the other and opens new ones.
func TestSilentConnectionsAreReplaced(t *testing.T) {
	s := newSchema(t)
	db, p := s.openProxy()
	db.SetTimeout(200 * time.Millisecond)
	workers := postgres.Workers{DB: db}
	beat := ports.Heartbeat{Worker: "a", Until: noon}
	s.noError(workers.Heartbeat(t.Context(), beat))
	_, err := workers.CountLive(t.Context(), noon)
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

// When a connection does not answer, the other idle ones are closed, too. The pool pings a connection
// that has been idle for a second before it uses it.
func TestSilentConnectionsAreReplacedTogether(t *testing.T) {
	for name, idleTime := range map[string]time.Duration{"statement": 0, "ping": 1100 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			s := newSchema(t)
			db, p := s.openProxy()
			workers := postgres.Workers{DB: db}
			free, err := db.Occupy(t.Context(), 8)
			s.noError(err)
			free()
			time.Sleep(idleTime)
			p.silence()
			db.SetTimeout(200 * time.Millisecond)
			failed := 0
			for failed < 8 {
				if _, err := workers.CountLive(t.Context(), noon); err == nil {
					break
				}
				failed++
			}
			if failed > 3 {
				t.Errorf("%d calls failed on 8 silent connections, want at most 3", failed)
			}
		})
	}
}

// The server answers each statement of a locked user after the timeout of the lock. The requests
// behind them wait without a connection, until their own timeout.
func TestWaitsForALockedUserCloseNoConnections(t *testing.T) {
	s := newSchema(t, "lock_timeout=600ms")
	db := s.open()
	f := s.fixture(db)
	release := f.holdLocks(`SELECT FROM users WHERE id = $1 FOR UPDATE`, f.room.Owner)
	db.SetTimeout(4 * time.Second)
	var accepts sync.WaitGroup
	for range 12 {
		accepts.Go(func() {
			_, err := f.Messages.Accept(t.Context(), f.draft("", 50))
			if !errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("Accept = %v, want ports.ErrUnavailable", err)
			}
		})
	}
	accepts.Wait()
	release()
	if db.HasReset() {
		t.Error("the pool has closed its idle connections because of a locked user, want it to keep them")
	}
}

// A statement that waits for a connection says nothing about the server.
func TestWaitsForAConnectionCloseNoConnections(t *testing.T) {
	db := newSchema(t).open()
	free, err := db.Occupy(t.Context(), 8)
	if err != nil {
		t.Fatalf("occupying the connections: %v", err)
	}
	defer free()
	db.SetTimeout(200 * time.Millisecond)
	if err := db.Ping(t.Context()); !errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("Ping without a free connection = %v, want ports.ErrUnavailable", err)
	}
	if db.HasReset() {
		t.Error("the pool has closed its idle connections because it had none, want it to keep them")
	}
}
