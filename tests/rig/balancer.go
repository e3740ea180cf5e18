//go:build linux

package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Balancer is a reverse proxy in front of several processes. It sends requests in turn
// to the processes whose /readyz returns 200, which it polls. When a process refuses a
// connection, the balancer takes it out until it is ready again, and sends the request to
// another process, as nginx and HAProxy do. It never repeats a request that a process may
// have received: such a request fails.
type Balancer struct {
	*httptest.Server
	backends []*backend
	next     atomic.Int64

	mu     sync.Mutex
	broken []string
}

var errNoneReady = errors.New("no process is ready")

// NewBalancer starts a balancer in front of processes that are ready.
func NewBalancer(t testing.TB, processes ...*Parley) *Balancer {
	t.Helper()
	b := &Balancer{}
	ctx, stop := context.WithCancel(context.Background())
	var polling sync.WaitGroup
	for _, p := range processes {
		one := &backend{host: Loopback(p.Port), transport: &http.Transport{MaxIdleConnsPerHost: 100}}
		b.backends = append(b.backends, one)
		polling.Go(func() { one.poll(ctx) })
	}
	b.Server = httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:      (*httputil.ProxyRequest).SetXForwarded,
		Transport:    b,
		ErrorLog:     log.New(io.Discard, "", 0),
		ErrorHandler: b.fail,
	})
	t.Cleanup(func() {
		b.CloseClientConnections()
		b.Close()
		stop()
		polling.Wait()
	})
	b.WaitReady(t, 30*time.Second)
	return b
}

// WaitReady fails the test unless all processes are ready in time.
func (b *Balancer) WaitReady(t testing.TB, within time.Duration) {
	t.Helper()
	Eventually(t, within, "the balancer knows that all processes are ready", func() bool {
		return !slices.ContainsFunc(b.backends, func(one *backend) bool { return !one.isReady.Load() })
	})
}

// Broken describes each request that has got no response from a process.
func (b *Balancer) Broken() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.broken)
}

// Announced returns how often /readyz of a process has said that the process drains.
func (b *Balancer) Announced() (n int) {
	for _, one := range b.backends {
		n += int(one.drains.Load())
	}
	return n
}

// RoundTrip sends a request to the next ready process. It is for the reverse proxy.
func (b *Balancer) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	for one := range b.ready {
		res, err := one.send(r, body)
		if !errors.Is(err, errRefused) {
			return res, err
		}
		one.takeOut()
	}
	return nil, errNoneReady
}

// ready yields each process once, beginning with the next one, if it is ready.
func (b *Balancer) ready(yield func(*backend) bool) {
	first := int(b.next.Add(1))
	for i := range b.backends {
		one := b.backends[(first+i)%len(b.backends)]
		if one.isReady.Load() && !yield(one) {
			return
		}
	}
}

func (b *Balancer) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == nil { // otherwise the client has disconnected
		b.mu.Lock()
		defer b.mu.Unlock()
		b.broken = append(b.broken, fmt.Sprintf("%s %s: %v", r.Method, r.URL.Path, err))
	}
	w.WriteHeader(http.StatusBadGateway)
}
