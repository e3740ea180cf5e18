// Package failover combines several ports.LLM into one. It calls the providers
// in the order of preference until one of them answers. Each provider has a
// circuit breaker, so that a provider that keeps failing is skipped.
package failover

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports"
)

// Provider is one LLM and its name in logs and metrics.
type Provider struct {
	Name string
	LLM  ports.LLM
}

// Options configures logging and metrics. With the zero value there are none.
type Options struct {
	// Log gets a message when a call fails, and when a breaker opens or closes.
	Log *slog.Logger
	// Observe is called with the outcome of each prompt at each provider:
	//
	//   - answered
	//   - declined: the provider blocked or rejected the prompt
	//   - failed: the provider failed and did not ask for a wait
	//   - limited: the provider failed and asked for a wait
	//   - left: the caller's context ended or its emit failed
	//   - skipped: the provider was not called, because its breaker did not allow it or
	//     the wait has not passed
	//
	// It must be safe for concurrent use.
	Observe func(provider, outcome string)
}

// LLM implements ports.LLM.
type LLM struct {
	providers []*guardedProvider
	observe   func(provider, outcome string)
	log       *slog.Logger
}

// New returns an LLM over the providers, which are in the order of preference. It fails
// without providers, and when a provider has no LLM or no unique name.
func New(providers []Provider, o Options) (*LLM, error) {
	if len(providers) == 0 {
		return nil, errors.New("failover: at least one provider is required")
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
			return nil, fmt.Errorf("failover: provider %q has no LLM or no unique name", p.Name)
		}
		names[p.Name] = true
		l.providers = append(l.providers, newGuardedProvider(p, o.Log))
	}
	return l, nil
}

// Answer implements ports.LLM. If a provider fails before its first delta, Answer
// calls the next one. The kind of failure matters in two cases:
//
//   - reply.CodeBlocked is final. Answer does not look for a provider with weaker
//     safety rules.
//   - reply.CodeRejected is not final, because the next provider may have higher limits.
//
// When a breaker is half-open, one call is the probe, and other calls skip the
// provider. If no other provider answers, Answer calls the providers that it skipped
// for this reason. The usage is the sum of the usage of all called providers.
func (l *LLM) Answer(ctx context.Context, p chat.Prompt, emit func(delta string) error) (chat.Usage, error) {
	r := &request{LLM: l, prompt: p, emit: emit}
	beingProbed := r.callInOrder(ctx, l.providers, (*guardedProvider).callThroughBreaker)
	if !r.done {
		r.callInOrder(ctx, beingProbed, (*guardedProvider).call)
	}
	return r.usage, r.err
}
