package failover

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// outcome is the outcome of a prompt at one provider, see Options.Observe. It
// implements error because gobreaker classifies calls by their errors.
type outcome string

const (
	answered outcome = "answered"
	declined outcome = "declined"
	failed   outcome = "failed"
	limited  outcome = "limited"
	left     outcome = "left"
	skipped  outcome = "skipped"
)

// Error implements error.
func (o outcome) Error() string { return string(o) }

var errFirstDeltaTimeout = errors.New("no text in the provider's share of the time")

// call is one prompt at one provider.
type call struct {
	prompt            chat.Prompt
	emit              func(delta string) error
	firstDeltaTimeout time.Duration

	// Set by run.
	usage   chat.Usage
	emitted bool           // at least one delta was emitted
	emitErr error          // the error of emit
	err     error          // the error that the provider returned, or the timeout of the first delta
	failure *reply.Failure // nil if the provider answered or the caller caused the error

	// Set by callThroughBreaker, which also sets failure if the provider is skipped.
	probeInFlight bool // the call was skipped because another call is the probe of the half-open breaker
}

// firstDeltaTimeout returns how long the first of these providers may take until
// its first delta. The time until ctx's deadline is divided equally between this
// provider and the later ones that can be called now. If no later provider can be
// called, or ctx has no deadline, the timeout is infinite.
func firstDeltaTimeout(ctx context.Context, providers []*guardedProvider) time.Duration {
	shares := time.Duration(1)
	for _, p := range providers[1:] {
		if p.wait() <= 0 {
			shares++
		}
	}
	deadline, ok := ctx.Deadline()
	if !ok || shares == 1 {
		return math.MaxInt64
	}
	return time.Until(deadline) / shares
}

// run calls the provider, sets the results and returns the outcome. If the provider
// does not emit a delta within firstDeltaTimeout, run cancels the call.
func (c *call) run(ctx context.Context, llm ports.LLM) outcome {
	callCtx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timer := time.AfterFunc(c.firstDeltaTimeout, func() { cancel(errFirstDeltaTimeout) })
	defer timer.Stop()
	c.usage, c.err = llm.Answer(callCtx, c.prompt, func(delta string) error {
		if !c.emitted && !timer.Stop() { // the timeout has passed: drop the delta
			<-callCtx.Done()
			return callCtx.Err()
		}
		c.emitted = true
		c.emitErr = c.emit(delta)
		return c.emitErr
	})
	if c.err != nil && !c.emitted && errors.Is(context.Cause(callCtx), errFirstDeltaTimeout) {
		c.err = &reply.Failure{Code: reply.CodeTimeout, Retryable: true, Cause: errFirstDeltaTimeout}
	}
	return c.classify(ctx)
}

// classify sets the failure and returns the outcome. An error of emit, or of the
// caller's ctx, is not a failure of the provider.
func (c *call) classify(ctx context.Context) outcome {
	var f *reply.Failure
	switch {
	case c.err == nil:
		return answered
	case c.emitErr != nil:
		return left
	case errors.As(c.err, &f):
	case ctx.Err() != nil:
		return left
	default: // a timeout inside the provider's adapter, or an error that ports.LLM does not allow
		f = &reply.Failure{Code: reply.CodeUnavailable, Retryable: true, Cause: c.err}
	}
	c.failure = f
	switch {
	case f.Code == reply.CodeBlocked, f.Code == reply.CodeRejected:
		return declined
	case f.RetryAfter > 0:
		return limited
	}
	return failed
}
