package failover

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports"
)

// outcome is how a provider fared. It is an error where the breaker wants one.
type outcome string

const (
	answered outcome = "answered"
	declined outcome = "declined" // the prompt, in good health
	failed   outcome = "failed"
	limited  outcome = "limited" // failed, and asks for a wait
	left     outcome = "left"    // by its caller, which says nothing of it
	skipped  outcome = "skipped"
)

func (o outcome) Error() string { return string(o) }

var errSilent = errors.New("it says nothing in its share of the time")

// call is one prompt at one provider, and what comes of it.
type call struct {
	prompt   chat.Prompt
	emit     func(string) error
	patience time.Duration // for its first delta

	trial   bool // it was not placed, for another one's being a trial of the provider
	said    bool
	refused error // emit's error
	usage   chat.Usage
	err     error         // as the caller gets it
	failure *chat.Failure // of the provider, nil for none
}

// patience is how long the first of these may say nothing while there is another
// to ask in ctx's time: as long as each of them gets. The last may take all there is.
func patience(ctx context.Context, ps []*provider) time.Duration {
	shares := time.Duration(1)
	for _, p := range ps[1:] {
		if p.wait() <= 0 {
			shares++
		}
	}
	end, ok := ctx.Deadline()
	if !ok || shares == 1 {
		return math.MaxInt64
	}
	return time.Until(end) / shares
}

// place places the call.
func (c *call) place(ctx context.Context, llm ports.LLM) outcome {
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	alarm := time.AfterFunc(c.patience, func() { cancel(errSilent) })
	defer alarm.Stop()
	c.usage, c.err = llm.Answer(inner, c.prompt, func(delta string) error {
		if !c.said && !alarm.Stop() { // too late
			<-inner.Done()
			return inner.Err()
		}
		c.said = true
		c.refused = c.emit(delta)
		return c.refused
	})
	if c.err != nil && !c.said && errors.Is(context.Cause(inner), errSilent) {
		c.err = &chat.Failure{Code: chat.CodeTimeout, Retryable: true, Cause: errSilent}
	}
	return c.outcome(ctx)
}

// outcome tells the provider's failures from those of its caller, which are nobody's.
func (c *call) outcome(ctx context.Context) outcome {
	var f *chat.Failure
	switch {
	case c.err == nil:
		return answered
	case c.refused != nil:
		return left
	case errors.As(c.err, &f):
	case ctx.Err() != nil:
		return left
	default: // a provider's own clock, or a breach of the port's contract
		f = &chat.Failure{Code: chat.CodeUnavailable, Retryable: true, Cause: c.err}
	}
	c.failure = f
	switch {
	case f.Code == chat.CodeBlocked, f.Code == chat.CodeRejected:
		return declined
	case f.RetryAfter > 0:
		return limited
	}
	return failed
}
