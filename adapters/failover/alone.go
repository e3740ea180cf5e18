package failover

import (
	"context"
	"math"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports"
)

// Alone is the one provider there is: it is always asked, and observe hears how it
// fared, as Options.Observe does.
func Alone(p Provider, observe func(provider, outcome string)) ports.LLM { return alone{p, observe} }

type alone struct {
	Provider
	observe func(provider, outcome string)
}

func (a alone) Answer(ctx context.Context, p chat.Prompt, emit func(delta string) error) (chat.Usage, error) {
	c := &call{prompt: p, emit: emit, patience: math.MaxInt64}
	a.observe(a.Name, string(c.place(ctx, a.LLM)))
	return c.usage, c.err
}
