package ports

import (
	"context"

	"github.com/kuvaka-tech/parley/core/chat"
)

// LLM answers prompts.
type LLM interface {
	// Answer streams the answer through emit, in order and one call at a time, none
	// of them after it returned. It returns when the answer is whole: what was
	// emitted, at least one character; one cut at the model's own limit is whole. It
	// fails with a *chat.Failure whose code tells why and whether trying again may
	// help, with emit's error when that fails, and with ctx's when that is over. It
	// does not retry, and follows no redirect, which would hand on the key.
	//
	// The usage counts beside an error, too, as far as it is known. Its counts are
	// from 0 to math.MaxInt32 and include the model's thoughts, which are not emitted.
	//
	// chat.CodeRejected and chat.CodeBlocked are verdicts on the conversation by a
	// model in good health: adapters/failover holds neither against the provider,
	// and after a block asks no other. A key, an account, an address or a model that
	// does not work is chat.CodeUnavailable therefore, and not retryable.
	Answer(ctx context.Context, p chat.Prompt, emit func(delta string) error) (chat.Usage, error)
}
