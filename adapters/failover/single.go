package failover

import (
	"context"
	"math"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports"
)

// Single returns an LLM for a configuration with only one provider. It has no
// circuit breaker: it calls the provider for each prompt. observe gets the same
// outcomes as Options.Observe, except skipped.
func Single(p Provider, observe func(provider, outcome string)) ports.LLM {
	return single{Provider: p, observe: observe}
}

type single struct {
	Provider
	observe func(provider, outcome string)
}

// Answer implements ports.LLM.
func (s single) Answer(ctx context.Context, p chat.Prompt, emit func(delta string) error) (chat.Usage, error) {
	c := &call{prompt: p, emit: emit, firstDeltaTimeout: math.MaxInt64}
	o := c.run(ctx, s.LLM)
	s.observe(s.Name, string(o))
	return c.usage, c.err
}
