//go:build linux

package rig

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Balancer is a reverse proxy in front of several processes. It sends requests in turn
// to the processes whose /readyz returns 200, which it polls.
type Balancer struct {
	*httptest.Server
	Broken   atomic.Int64 // requests without a response, or without a ready process
	backends []*backend
	next     atomic.Int64
}

type backend struct {
	http.Handler
	readyURL string
	isReady  atomic.Bool
}

// The balancer polls every pollEvery whether a backend is ready. A backend that does not
// answer within pollTimeout keeps its state. So a process must continue to serve after
// SIGTERM for longer than both together.
const (
	pollEvery   = 50 * time.Millisecond
	pollTimeout = 500 * time.Millisecond
)

// NewBalancer starts a balancer in front of processes that are ready.
func NewBalancer(t testing.TB, processes ...*Parley) *Balancer {
	t.Helper()
	b := &Balancer{}
	for _, p := range processes {
		b.backends = append(b.backends, b.backend(t, p.URL()))
	}
	ctx, stop := context.WithCancel(context.Background())
	var polling sync.WaitGroup
	for _, one := range b.backends {
		polling.Go(func() { one.poll(ctx) })
	}
	b.Server = httptest.NewServer(b)
	t.Cleanup(func() {
		b.CloseClientConnections()
		b.Close()
		stop()
		polling.Wait()
	})
	b.WaitReady(t, 5*time.Second)
	return b
}

func (b *Balancer) backend(t testing.TB, baseURL string) *backend {
	t.Helper()
	u, err := url.Parse(baseURL)
	if err != nil {
		t.Fatalf("parse %s: %v", baseURL, err)
	}
	proxy := httputil.NewSingleHostReverseProxy(u)
	proxy.Transport = &http.Transport{MaxIdleConnsPerHost: 100}
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	proxy.ErrorHandler = func(w http.ResponseWriter, r *http.Request, _ error) {
		if r.Context().Err() == nil { // otherwise the client has disconnected
			b.Broken.Add(1)
		}
		w.WriteHeader(http.StatusBadGateway)
	}
	return &backend{Handler: proxy, readyURL: baseURL + "/readyz"}
}

// WaitReady fails the test unless all processes are ready in time.
func (b *Balancer) WaitReady(t testing.TB, within time.Duration) {
	t.Helper()
	Eventually(t, within, "all processes are ready", func() bool { return b.countReady() == len(b.backends) })
}

func (b *Balancer) countReady() (n int) {
	for _, one := range b.backends {
		if one.isReady.Load() {
			n++
		}
	}
	return n
}

// ServeHTTP forwards a request to the next ready process.
func (b *Balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for range b.backends {
		one := b.backends[int(b.next.Add(1))%len(b.backends)]
		if one.isReady.Load() {
			one.ServeHTTP(w, r)
			return
		}
	}
	b.Broken.Add(1)
	w.WriteHeader(http.StatusServiceUnavailable)
}

func (b *backend) poll(ctx context.Context) {
	quick := http.Client{Timeout: pollTimeout}
	for tick := time.NewTicker(pollEvery); ctx.Err() == nil; <-tick.C {
		res, err := quick.Get(b.readyURL)
		var timeout net.Error
		switch {
		case err == nil:
			res.Body.Close()
			b.isReady.Store(res.StatusCode == http.StatusOK)
		case !errors.As(err, &timeout) || !timeout.Timeout():
			b.isReady.Store(false)
		}
	}
}
