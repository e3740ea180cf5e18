package ports

import (
	"context"

	"github.com/kuvaka-tech/parley/core/chat"
)

// LLM is a large language model.
type LLM interface {
	// Answer calls the model once and passes the answer to emit while it arrives. It calls
	// emit in the order of the text, never concurrently, and not after Answer has returned.
	// It returns a nil error when the answer is complete and has at least one character. An
	// answer that was cut at the length limit of the model counts as complete.
	//
	// Answer fails with a *reply.Failure when the model fails, with the error of emit when
	// emit fails, and with ctx's error when ctx is done. It does not retry. It does not
	// follow redirects, because they would send the API key to another server.
	//
	// Use reply.CodeRejected and reply.CodeBlocked only if the conversation is the cause.
	// adapters/failover does not count these failures against the provider, and asks no
	// other provider after CodeBlocked. A wrong API key, account, address or model name is
	// reply.CodeUnavailable and not retryable.
	//
	// The returned usage is what the model reported, also with an error, and zero if it
	// reported none. Its counts are between 0 and math.MaxInt32. They include reasoning
	// tokens, which are not passed to emit.
	Answer(ctx context.Context, p chat.Prompt, emit func(delta string) error) (chat.Usage, error)
}
