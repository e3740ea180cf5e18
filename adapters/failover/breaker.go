package failover

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/kuvaka-tech/parley/core/reply"
)

const (
	// openAfter is the number of consecutive failures that open a breaker.
	openAfter = 5
	// openFor is how long a breaker stays open. Then the breaker is half-open: it allows
	// one call, the probe, whose outcome closes or reopens the breaker.
	openFor = 30 * time.Second
	// maxWait limits the wait that a provider can ask for. A wrong header must not
	// disable the provider for longer, and one failed call an hour is harmless.
	maxWait = time.Hour
)

// guardedProvider is a Provider with its circuit breaker.
type guardedProvider struct {
	Provider
	breaker *gobreaker.CircuitBreaker[struct{}]

	mu          sync.Mutex
	notBefore   time.Time      // calls are skipped before this time
	lastFailure *reply.Failure // of the most recent call, nil if it did not fail
}

// newGuardedProvider returns p with a closed breaker. For the breaker, the outcomes
// answered and declined are successes, and failed is a failure. The breaker ignores
// limited, because the provider is skipped until its wait has passed, and left, because
// it says nothing about the provider.
func newGuardedProvider(p Provider, log *slog.Logger) *guardedProvider {
	g := &guardedProvider{Provider: p}
	g.breaker = gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:      openFor - 1, // gobreaker becomes half-open after the timeout, but not exactly at its end
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= openAfter },
		IsSuccessful: func(err error) bool { return err == answered || err == declined },
		IsExcluded:   func(err error) bool { return err == left || err == limited },
		OnStateChange: func(_ string, from, to gobreaker.State) {
			if to == gobreaker.StateOpen {
				g.skipFor(openFor)
			}
			logStateChange(log.With("provider", p.Name), from, to)
		},
	})
	return g
}

// logStateChange logs when a breaker leaves or enters the closed state. It does not log
// changes between open and half-open.
func logStateChange(log *slog.Logger, from, to gobreaker.State) {
	switch {
	case from == gobreaker.StateClosed:
		log.Warn("llm circuit breaker opened")
	case to == gobreaker.StateClosed:
		log.Info("llm circuit breaker closed")
	}
}

// callThroughBreaker runs the call if no wait is left and the breaker allows it.
// Otherwise the outcome is skipped, and the call gets a skipFailure.
func (g *guardedProvider) callThroughBreaker(ctx context.Context, c *call) outcome {
	o := skipped
	if g.wait() <= 0 {
		_, err := g.breaker.Execute(func() (struct{}, error) {
			o = g.call(ctx, c)
			return struct{}{}, o
		})
		c.probeInFlight = errors.Is(err, gobreaker.ErrTooManyRequests)
	}
	if o == skipped {
		c.failure = g.skipFailure()
	}
	return o
}

// call runs the call in any state of the breaker.
func (g *guardedProvider) call(ctx context.Context, c *call) outcome {
	o := c.run(ctx, g.LLM)
	g.record(o, c.failure)
	return o
}

// record stores the failure of a call and the wait that the provider asked for.
func (g *guardedProvider) record(o outcome, f *reply.Failure) {
	if o == limited {
		g.skipFor(min(f.RetryAfter, maxWait))
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch o {
	case failed, limited:
		g.lastFailure = f
	case answered, declined:
		g.lastFailure = nil
	}
}

// skipFor makes callThroughBreaker skip the provider for at least d from now.
func (g *guardedProvider) skipFor(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if at := time.Now().Add(d); at.After(g.notBefore) {
		g.notBefore = at
	}
}

// wait returns for how long the provider is still skipped: 0 or less if it can be called.
func (g *guardedProvider) wait() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return time.Until(g.notBefore)
}

// skipFailure returns the failure of a skipped call: the provider's last failure, or
// CodeUnavailable if it has none, with NotCalled set and the wait as RetryAfter.
func (g *guardedProvider) skipFailure() *reply.Failure {
	wait := max(0, g.wait())
	g.mu.Lock()
	defer g.mu.Unlock()
	f := reply.Failure{Code: reply.CodeUnavailable, Retryable: true}
	if g.lastFailure != nil {
		f = *g.lastFailure
	}
	f.RetryAfter, f.NotCalled = wait, true
	return &f
}
