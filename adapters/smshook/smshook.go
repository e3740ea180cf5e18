// Package smshook hands short texts to an HTTP hook of the operator's, signed
// as Standard Webhooks are (github.com/standard-webhooks/standard-webhooks,
// spec/standard-webhooks.md, version 1.0.0).
package smshook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/otp"
	"github.com/kuvaka-tech/parley/core/phone"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	most  = 1000     // texts on their way at once
	lines = 16       // requests to the hook at once
	life  = otp.Life // of a text: then its code is worth nothing
)

// What Send fails with.
var (
	ErrFull    = errors.New("too many texts are waiting for the SMS hook")
	ErrStopped = errors.New("the SMS hook is stopped")
)

// Config says where texts go.
type Config struct {
	URL       string
	Key       []byte         // signs every request: 24 to 64 bytes
	Jitter    func() float64 // from 0 up to 1, to spread what is sent again
	Random    io.Reader
	Clock     ports.Clock
	Log       *slog.Logger
	Transport http.RoundTripper // nil for one of the adapter's own
}

// Hook is a ports.SMS. A text is handed over at least once: a hook that must not
// send one twice remembers its webhook-id.
type Hook struct {
	config Config
	client http.Client
	places chan struct{} // one for each text on its way
	lines  chan struct{} // one for each request

	ctx     context.Context // of the deliveries, which outlive their requests
	abandon context.CancelFunc
	mu      sync.Mutex // of stopped, and of running while that is decided
	stopped bool
	running sync.WaitGroup
}

// New makes a Hook and connects to nothing yet. It fails with a key of another
// length than the specification's.
func New(c Config) (*Hook, error) {
	if len(c.Key) < 24 || len(c.Key) > 64 {
		return nil, errors.New("smshook: a key of 24 to 64 bytes is needed")
	}
	if c.Transport == nil {
		c.Transport = transport()
	}
	ctx, abandon := context.WithCancel(context.Background())
	return &Hook{
		config: c, client: http.Client{Transport: c.Transport, CheckRedirect: stay},
		places: make(chan struct{}, most), lines: make(chan struct{}, lines), ctx: ctx, abandon: abandon,
	}, nil
}

// stay follows no redirect: it would hand on the text.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func transport() *http.Transport {
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true,
		MaxIdleConnsPerHost: lines, IdleConnTimeout: 90 * time.Second,
	}
}

// Send takes a text to be delivered and returns at once, whatever the hook does.
// It fails, taking nothing, with ctx's error when that is over, with ErrFull, or
// with ErrStopped.
func (h *Hook) Send(ctx context.Context, to phone.Number, words string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("taking a text: %w", err)
	}
	t, err := h.write(to, words)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped {
		return ErrStopped
	}
	select {
	case h.places <- struct{}{}:
	default:
		return ErrFull
	}
	h.running.Go(func() {
		defer func() { <-h.places }()
		h.deliver(t)
	})
	return nil
}

func (h *Hook) write(to phone.Number, words string) (text, error) {
	now := h.config.Clock.Now()
	uid, err := id.New(now, h.config.Random)
	if err != nil {
		return text{}, err
	}
	payload, err := encode(to, words, now)
	return text{id: string(uid), to: to, payload: payload, until: now.Add(life)}, err
}

// Stop takes no more texts and delivers those it has, trying again as ever,
// until ctx is over. It fails when some are left then, which are given up.
func (h *Hook) Stop(ctx context.Context) error {
	h.mu.Lock()
	h.stopped = true
	h.mu.Unlock()
	defer h.client.CloseIdleConnections()
	ended := make(chan struct{})
	go func() { h.running.Wait(); close(ended) }()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	left := len(h.places)
	h.abandon()
	<-ended
	return fmt.Errorf("texts given up: %d: %w", left, ctx.Err())
}
