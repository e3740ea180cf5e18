// Package failover answers prompts with the first of several models that can: a
// ports.LLM over others, in the order of preference.
package failover

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports"
)

// Provider is one of the models. Its name goes to logs and to Observe.
type Provider struct {
	Name string
	LLM  ports.LLM
}

// Options are who is told what happens.
type Options struct {
	Log *slog.Logger // hears of calls that failed and of breakers that open and close, nil for nobody
	// Observe hears how each provider fared with each prompt that got to it:
	// answered, declined (blocked or rejected), failed, limited (it asks for a
	// wait), left (by its caller) or skipped (as it is waited for). It is called
	// from many goroutines; nil for nobody.
	Observe func(provider, outcome string)
}

// LLM is a ports.LLM.
type LLM struct {
	providers []*provider
	observe   func(provider, outcome string)
	log       *slog.Logger
}

// New makes an LLM. It fails without providers, and with one without a model or a name of its own.
func New(providers []Provider, o Options) (*LLM, error) {
	if len(providers) == 0 {
		return nil, errors.New("failover: at least one provider is needed")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Observe == nil {
		o.Observe = func(string, string) {}
	}
	l := &LLM{observe: o.Observe, log: o.Log}
	names := map[string]bool{}
	for _, p := range providers {
		if p.LLM == nil || p.Name == "" || names[p.Name] {
			return nil, fmt.Errorf("failover: provider %q has no model, or no name of its own", p.Name)
		}
		names[p.Name] = true
		l.providers = append(l.providers, newProvider(p, o.Log))
	}
	return l, nil
}

// Answer streams the answer of the first provider that gives one. The next is
// asked while nothing was said and the failure is not a block: that is a verdict
// on the content, and asking around for a laxer one is not for us; a rejection is
// of one provider's limits, which another need not have. The usage is of all that were asked.
func (l *LLM) Answer(ctx context.Context, p chat.Prompt, emit func(delta string) error) (chat.Usage, error) {
	var spent chat.Usage
	var failure *chat.Failure
	for i, one := range l.providers {
		if ctx.Err() != nil {
			return spent, fmt.Errorf("asking the models: %w", ctx.Err())
		}
		c := &call{prompt: p, emit: emit, patience: patience(ctx, l.providers[i:])}
		outcome := one.ask(ctx, c)
		l.observe(one.Name, string(outcome))
		if outcome == failed || outcome == limited {
			l.log.Warn("llm provider gave no answer", "provider", one.Name, "outcome", string(outcome), "code", c.failure.Code)
		}
		spent.In, spent.Out = min(spent.In+c.usage.In, math.MaxInt32), min(spent.Out+c.usage.Out, math.MaxInt32)
		if c.failure == nil {
			return spent, c.err
		}
		failure = hope(failure, c.failure)
		if c.said || c.failure.Code == chat.CodeBlocked {
			return spent, l.soonest(c.failure, one)
		}
	}
	return spent, failure
}

// hope is the later of two failures, unless only the other may be tried again;
// where both may, that is as soon as either allows.
func hope(a, b *chat.Failure) *chat.Failure {
	switch {
	case a == nil || b.Retryable && !a.Retryable:
		return b
	case a.Retryable && !b.Retryable:
		return a
	}
	both := *b
	both.RetryAfter = min(a.RetryAfter, b.RetryAfter)
	return &both
}

// soonest is the failure of one in the middle of its answer, to be tried again as soon as any of them may be asked.
func (l *LLM) soonest(f *chat.Failure, failed *provider) *chat.Failure {
	if !f.Retryable {
		return f
	}
	at := *f
	for _, other := range l.providers {
		if away := other.absence(); other != failed && away.Retryable {
			at.RetryAfter = min(at.RetryAfter, away.RetryAfter)
		}
	}
	return &at
}
