package ports

import (
	"context"

	"github.com/kuvaka-tech/parley/core/chat"
)

// LLM answers prompts.
type LLM interface {
	// Answer streams the answer through emit, in order and one call at a time, none
	// of them after it returned. It returns when the answer is whole: what was
	// emitted, at least one character. The usage counts beside an error, too, as far
	// as it is known. It fails with a *chat.Failure whose code tells why and whether
	// trying again may help, with emit's error when that fails, and with ctx's
	// when that is over. It does not retry.
	Answer(ctx context.Context, p chat.Prompt, emit func(delta string) error) (chat.Usage, error)
}
