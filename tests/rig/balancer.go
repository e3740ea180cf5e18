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

// Balancer is a reverse proxy before several processes: requests go by turns to
// those whose /readyz says 200, which it asks all the time.
type Balancer struct {
	*httptest.Server
	Broken   atomic.Int64 // requests that got no answer, or found nobody to answer
	backends []*backend
	next     atomic.Int64
}

type backend struct {
	http.Handler
	ready string
	in    atomic.Bool
}

// A backend is asked every askEvery whether it is ready, and one that does not
// say within askWithin keeps its share. A process must be told to answer on,
// draining, for longer than both.
const (
	askEvery  = 50 * time.Millisecond
	askWithin = 500 * time.Millisecond
)

// NewBalancer starts one before processes that are ready.
func NewBalancer(t testing.TB, processes ...*Parley) *Balancer {
	t.Helper()
	b := &Balancer{}
	for _, p := range processes {
		b.backends = append(b.backends, b.backend(t, p.URL()))
	}
	ctx, stop := context.WithCancel(context.Background())
	var asking sync.WaitGroup
	for _, one := range b.backends {
		asking.Go(func() { one.watch(ctx) })
	}
	b.Server = httptest.NewServer(b)
	t.Cleanup(func() { b.CloseClientConnections(); b.Close(); stop(); asking.Wait() })
	b.AllIn(t, 5*time.Second)
	return b
}

func (b *Balancer) backend(t testing.TB, at string) *backend {
	t.Helper()
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(u)
	proxy.Transport = &http.Transport{MaxIdleConnsPerHost: 100}
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	proxy.ErrorHandler = func(w http.ResponseWriter, r *http.Request, _ error) {
		if r.Context().Err() == nil { // otherwise it is the client who left
			b.Broken.Add(1)
		}
		w.WriteHeader(http.StatusBadGateway)
	}
	return &backend{Handler: proxy, ready: at + "/readyz"}
}

// AllIn fails the test unless every process gets its share in time.
func (b *Balancer) AllIn(t testing.TB, within time.Duration) {
	t.Helper()
	Eventually(t, within, "every process gets its share", func() bool { return b.in() == len(b.backends) })
}

func (b *Balancer) in() (n int) {
	for _, one := range b.backends {
		if one.in.Load() {
			n++
		}
	}
	return n
}

func (b *Balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for range b.backends {
		if one := b.backends[int(b.next.Add(1))%len(b.backends)]; one.in.Load() {
			one.ServeHTTP(w, r)
			return
		}
	}
	b.Broken.Add(1)
	w.WriteHeader(http.StatusServiceUnavailable)
}

func (b *backend) watch(ctx context.Context) {
	quick := http.Client{Timeout: askWithin}
	for tick := time.NewTicker(askEvery); ctx.Err() == nil; <-tick.C {
		res, err := quick.Get(b.ready)
		var late net.Error
		switch {
		case err == nil:
			res.Body.Close()
			b.in.Store(res.StatusCode == http.StatusOK)
		case !errors.As(err, &late) || !late.Timeout():
			b.in.Store(false)
		}
	}
}
