package postgres_test

import (
	"context"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/postgres"
)

// hole forwards connections, and can silence those there are: they stay open, and nothing comes.
type hole struct {
	net.Listener
	to string

	mu       sync.Mutex
	silenced chan struct{}
}

func newHole(t *testing.T, to string) *hole {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &hole{Listener: l, to: to, silenced: make(chan struct{})}
	var all sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	all.Go(func() {
		for {
			near, err := h.Accept()
			if err != nil {
				return
			}
			all.Go(func() { h.join(ctx, near) })
		}
	})
	t.Cleanup(func() { l.Close(); cancel(); all.Wait() })
	return h
}

func (h *hole) silence() {
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.silenced)
	h.silenced = make(chan struct{})
}

func (h *hole) join(ctx context.Context, near net.Conn) {
	h.mu.Lock()
	silenced := h.silenced
	h.mu.Unlock()
	defer near.Close()
	far, err := net.Dial("tcp", h.to)
	if err != nil {
		return
	}
	ended := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
		go func() { _, _ = io.Copy(way[0], way[1]); ended <- struct{}{} }()
	}
	select {
	case <-ended:
		far.Close()
	case <-ctx.Done():
		far.Close()
	case <-silenced:
		far.Close() // near stays open
		<-ctx.Done()
	}
}

// A server that is gone without a word is not waited for: the connections to it are left, one after the other.
func TestSilentConnectionsAreLeft(t *testing.T) {
	s := newSchema(t)
	s.ok(postgres.Migrate(t.Context(), s.url))
	at, err := url.Parse(s.url)
	s.ok(err)
	h := newHole(t, at.Host)
	at.Host = h.Addr().String()
	db, err := postgres.Open(t.Context(), at.String())
	s.ok(err)
	defer db.Close()
	db.Hasten(200 * time.Millisecond)
	workers := postgres.Workers{DB: db}
	s.ok(workers.Beat(t.Context(), "a", noon))
	_, err = workers.Live(t.Context(), noon)
	s.ok(err)
	h.silence()
	for began := time.Now(); ; {
		beat := workers.Beat(t.Context(), "a", noon)
		_, live := workers.Live(t.Context(), noon)
		if beat == nil && live == nil {
			break
		}
		if time.Since(began) > 5*time.Second {
			t.Fatalf("after 5 s: %v, %v", beat, live)
		}
	}
}
