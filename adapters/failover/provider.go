package failover

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/kuvaka-tech/parley/core/chat"
)

const (
	strikes = 5                // failures in a row that open a breaker
	rest    = 30 * time.Second // until an open one lets a single call through
	// maxWait is the longest wait that a provider may ask for: asking in vain once
	// an hour harms nobody, and a slip in a header must not take it away for good.
	maxWait = time.Hour
)

// provider is a Provider and what is known of its health.
type provider struct {
	Provider
	breaker *gobreaker.CircuitBreaker[struct{}]
	mu      sync.Mutex
	until   time.Time     // it is not to be asked before
	last    *chat.Failure // how the last call failed, nil if it did not
}

func newProvider(p Provider, log *slog.Logger) *provider {
	one := &provider{Provider: p}
	one.breaker = gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:      rest - 1, // it opens after its time, we mean at it
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= strikes },
		IsSuccessful: func(err error) bool { return err == answered || err == declined },
		IsExcluded:   func(err error) bool { return err == left || err == limited },
		OnStateChange: func(_ string, from, to gobreaker.State) {
			if to == gobreaker.StateOpen {
				one.leaveFor(rest)
			}
			report(log.With("provider", p.Name), from, to)
		},
	})
	return one
}

// report tells of a breaker that opens or closes, and not of its trials between.
func report(log *slog.Logger, from, to gobreaker.State) {
	switch {
	case from == gobreaker.StateClosed:
		log.Warn("llm provider fails, asking others")
	case to == gobreaker.StateClosed:
		log.Info("llm provider is back")
	}
}

// ask makes the call unless the provider is to be left alone; then the call has its failure without being made.
func (p *provider) ask(ctx context.Context, c *call) outcome {
	o := skipped
	if p.wait() <= 0 {
		_, err := p.breaker.Execute(func() (struct{}, error) { // its error is o, or that it did not call
			o = p.join(ctx, c)
			return struct{}{}, o
		})
		c.trial = errors.Is(err, gobreaker.ErrTooManyRequests)
	}
	if o == skipped {
		c.failure = p.absence()
	}
	return o
}

// join makes the call, whatever the breaker says.
func (p *provider) join(ctx context.Context, c *call) outcome {
	o := c.place(ctx, p.LLM)
	p.note(o, c.failure)
	return o
}

// note keeps what a call says of the provider's health.
func (p *provider) note(o outcome, f *chat.Failure) {
	if o == limited {
		p.leaveFor(min(f.RetryAfter, maxWait))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch o {
	case failed, limited:
		p.last = f
	case answered, declined:
		p.last = nil
	}
}

// leaveFor lets nobody ask for a while, at least.
func (p *provider) leaveFor(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := time.Now().Add(d); at.After(p.until) {
		p.until = at
	}
}

// wait is how long the provider is to be left alone, at most 0 when it may be asked.
func (p *provider) wait() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Until(p.until)
}

// absence is the failure of a provider that is not asked: its last one, to be tried again when it may be asked.
func (p *provider) absence() *chat.Failure {
	wait := max(0, p.wait())
	p.mu.Lock()
	defer p.mu.Unlock()
	f := chat.Failure{Code: chat.CodeUnavailable, Retryable: true}
	if p.last != nil {
		f = *p.last
	}
	f.RetryAfter, f.Unasked = wait, true
	return &f
}
