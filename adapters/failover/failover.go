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
// of one provider's limits, which another need not have. Where nobody gives one, those
// are asked, too, who were left alone for another call's trial of them. The usage is of all that were asked.
func (l *LLM) Answer(ctx context.Context, p chat.Prompt, emit func(delta string) error) (chat.Usage, error) {
	r := &round{LLM: l, prompt: p, emit: emit}
	if trials := r.ask(ctx, l.providers, (*provider).ask); !r.over {
		r.ask(ctx, trials, (*provider).join)
	}
	return r.spent, r.err
}

// round is a prompt that goes from provider to provider.
type round struct {
	*LLM
	prompt  chat.Prompt
	emit    func(delta string) error
	spent   chat.Usage
	failure *chat.Failure // of those who were asked so far
	err     error         // what the caller gets, should nobody else be asked
	over    bool          // nobody else is to be asked
}

// ask has the first of these answer that does, and returns those who were left
// alone for another call's trial of them.
func (r *round) ask(ctx context.Context, all []*provider, how func(*provider, context.Context, *call) outcome) (trials []*provider) {
	for i, one := range all {
		if err := ctx.Err(); err != nil {
			r.err, r.over = fmt.Errorf("asking the models: %w", err), true
		}
		if r.over {
			return nil
		}
		c := &call{prompt: r.prompt, emit: r.emit, patience: patience(ctx, all[i:])}
		r.take(one, c, how(one, ctx, c))
		if c.trial {
			trials = append(trials, one)
		}
	}
	return trials
}

// take notes how a provider fared.
func (r *round) take(one *provider, c *call, o outcome) {
	r.observe(one.Name, string(o))
	if o == failed || o == limited {
		r.log.Warn("llm provider gave no answer", "provider", one.Name, "outcome", string(o), "code", c.failure.Code)
	}
	r.spent.In, r.spent.Out = min(r.spent.In+c.usage.In, math.MaxInt32), min(r.spent.Out+c.usage.Out, math.MaxInt32)
	if c.failure == nil {
		r.err, r.over = c.err, true
		return
	}
	r.failure = hope(r.failure, c.failure)
	r.err = r.failure
	if c.said || c.failure.Code == chat.CodeBlocked {
		r.err, r.over = r.soonest(c.failure, one), true
	}
}

// hope is the later of two failures, unless only the other may be tried again;
// where both may, that is as soon as either allows.
func hope(a, b *chat.Failure) *chat.Failure {
	if a == nil {
		return b
	}
	both := *b
	switch {
	case a.Retryable && !b.Retryable:
		both = *a
	case a.Retryable == b.Retryable:
		both.RetryAfter = min(a.RetryAfter, b.RetryAfter)
	}
	both.Unasked = a.Unasked && b.Unasked
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
