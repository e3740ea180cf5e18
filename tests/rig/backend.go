//go:build linux

package rig

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"syscall"
	"time"
)

// backend is a process behind a Balancer.
type backend struct {
	host      string
	transport *http.Transport
	isReady   atomic.Bool
	drains    atomic.Int64 // how often /readyz has begun to say that the process drains
}

// The balancer polls every pollEvery whether a backend is ready. A backend that does not
// answer within pollTimeout keeps its state. So a process must continue to serve after
// SIGTERM for longer than both together.
const (
	pollEvery   = 50 * time.Millisecond
	pollTimeout = 500 * time.Millisecond
)

var (
	errRefused = errors.New("the process refused the connection")
	errCut     = errors.New("the process closed the connection without a response")
)

// readBody reads and closes the body of a request.
func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("reading the request: %w", err)
	}
	return raw, nil
}

// send sends a request with a body to the process. It returns errRefused if the process has
// received nothing. It returns errCut if the transport has repeated the request, as it does with
// GET when a connection ends.
func (b *backend) send(r *http.Request, body []byte) (*http.Response, error) {
	var sent atomic.Int64
	trace := &httptrace.ClientTrace{WroteHeaders: func() { sent.Add(1) }}
	out := r.Clone(httptrace.WithClientTrace(r.Context(), trace))
	out.URL.Scheme, out.URL.Host = "http", b.host
	out.GetBody = nil // so that the transport repeats no request with a body
	if body != nil {
		out.Body = io.NopCloser(bytes.NewReader(body))
		out.ContentLength = int64(len(body))
	}
	res, err := b.transport.RoundTrip(out)
	switch {
	case sent.Load() == 0 && errors.Is(err, syscall.ECONNREFUSED):
		return nil, errRefused
	case err != nil:
		return nil, fmt.Errorf("sending the request to %s: %w", b.host, err)
	case sent.Load() > 1:
		res.Body.Close()
		return nil, errCut
	}
	return res, nil
}

// takeOut makes the balancer send nothing to the process until it is ready again.
func (b *backend) takeOut() {
	b.isReady.Store(false)
	b.transport.CloseIdleConnections()
}

// poll polls whether the process is ready until ctx is done.
func (b *backend) poll(ctx context.Context) {
	drained := false
	for tick := time.NewTicker(pollEvery); ctx.Err() == nil; <-tick.C {
		status, draining, err := b.readiness(ctx)
		var timeout net.Error
		switch {
		case err == nil && status == http.StatusOK:
			b.isReady.Store(true)
		case err == nil || !errors.As(err, &timeout) || !timeout.Timeout():
			b.takeOut()
		}
		if draining && !drained {
			b.drains.Add(1)
		}
		drained = draining || drained && err != nil
	}
}

// readiness returns the status of /readyz and whether the process drains.
func (b *backend) readiness(ctx context.Context) (status int, draining bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.host+"/readyz", nil)
	if err != nil {
		return 0, false, fmt.Errorf("creating a request: %w", err)
	}
	res, err := b.transport.RoundTrip(r)
	if err != nil {
		return 0, false, fmt.Errorf("asking whether %s is ready: %w", b.host, err)
	}
	defer res.Body.Close()
	var body struct{ Status string }
	if err := json.NewDecoder(res.Body).Decode(&body); err != nil {
		return 0, false, fmt.Errorf("reading the readiness of %s: %w", b.host, err)
	}
	return res.StatusCode, body.Status == "draining", nil
}
