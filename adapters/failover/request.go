package failover

import (
	"context"
	"fmt"
	"math"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

// request is one call of LLM.Answer, with the results of the providers called so far.
type request struct {
	*LLM
	prompt  chat.Prompt
	emit    func(delta string) error
	usage   chat.Usage     // the sum over the providers
	failure *reply.Failure // the merged failures of the providers, see mergeFailures
	err     error          // the error that Answer returns if no other provider is called
	done    bool           // no other provider may be called
}

// callInOrder calls the providers until the request is done. It returns the providers
// that it skipped because another call was the probe of their half-open breaker.
func (r *request) callInOrder(
	ctx context.Context,
	providers []*guardedProvider,
	callProvider func(*guardedProvider, context.Context, *call) outcome,
) (beingProbed []*guardedProvider) {
	for i, p := range providers {
		if err := ctx.Err(); err != nil {
			r.err, r.done = fmt.Errorf("calling the LLM providers: %w", err), true
		}
		if r.done {
			return nil
		}
		c := &call{prompt: r.prompt, emit: r.emit, firstDeltaTimeout: firstDeltaTimeout(ctx, providers[i:])}
		r.record(p, c, callProvider(p, ctx, c))
		if c.probeInFlight {
			beingProbed = append(beingProbed, p)
		}
	}
	return beingProbed
}

// record adds the result of a call to the request. The request is done after an
// answer, after an error of the caller, after a block, and after any failure in
// the middle of an answer, because another provider cannot continue the text.
func (r *request) record(p *guardedProvider, c *call, o outcome) {
	r.observe(p.Name, string(o))
	if o == failed || o == limited {
		r.log.Warn("llm call failed", "provider", p.Name, "outcome", string(o), "code", c.failure.Code)
	}
	r.usage.In = min(r.usage.In+c.usage.In, math.MaxInt32)
	r.usage.Out = min(r.usage.Out+c.usage.Out, math.MaxInt32)
	if c.failure == nil {
		r.err, r.done = c.err, true
		return
	}
	r.failure = mergeFailures(r.failure, c.failure)
	r.err = r.failure
	if c.emitted || c.failure.Code == reply.CodeBlocked {
		r.err, r.done = r.earliestRetry(p, c.failure), true
	}
}

// mergeFailures returns the failure to report after one provider failed with first and
// the next one with second. first is nil if there was no earlier failure. The result is
// second, unless only first is retryable. If both are retryable, or neither is,
// RetryAfter is the shorter wait, because a retry can go to either provider. NotCalled
// is true only if neither provider was called.
func mergeFailures(first, second *reply.Failure) *reply.Failure {
	if first == nil {
		return second
	}
	merged := *second
	switch {
	case first.Retryable && !second.Retryable:
		merged = *first
	case first.Retryable == second.Retryable:
		merged.RetryAfter = min(first.RetryAfter, second.RetryAfter)
	}
	merged.NotCalled = first.NotCalled && second.NotCalled
	return &merged
}

// earliestRetry returns the failure f of a provider that failed in the middle of its
// answer, with a shorter RetryAfter if possible. A retry starts a new answer and can go
// to any provider. So RetryAfter becomes the shortest wait of all providers whose
// failures are retryable.
func (l *LLM) earliestRetry(failedProvider *guardedProvider, f *reply.Failure) *reply.Failure {
	if !f.Retryable {
		return f
	}
	earliest := *f
	for _, other := range l.providers {
		skip := other.skipFailure()
		if other != failedProvider && skip.Retryable {
			earliest.RetryAfter = min(earliest.RetryAfter, skip.RetryAfter)
		}
	}
	return &earliest
}
