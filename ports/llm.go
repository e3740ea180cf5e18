package ports

import (
	"context"

	"github.com/kuvaka-tech/parley/core/chat"
)

// LLM answers prompts.
type LLM interface {
	// Answer streams the answer through emit, in order and never at once, and
	// returns when it is whole. The answer is what was emitted: at least one
	// character. It fails with a *chat.Failure whose code tells why and whether
	// trying again may help, with emit's error when that fails, and with ctx's
	// when that is over. It does not retry.
	Answer(ctx context.Context, p chat.Prompt, emit func(delta string) error) (chat.Usage, error)
}
