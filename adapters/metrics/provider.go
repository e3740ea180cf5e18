package metrics

import (
	"context"
	"errors"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports"
)

// Provider counts the calls of the one provider there is, as they are counted
// where several fall over.
type Provider struct {
	ports.LLM
	Name    string
	Metrics *Metrics
}

func (c Provider) Answer(ctx context.Context, p chat.Prompt, emit func(delta string) error) (chat.Usage, error) {
	refused := false
	usage, err := c.LLM.Answer(ctx, p, func(delta string) error {
		err := emit(delta)
		refused = err != nil
		return err
	})
	c.Metrics.Provider(c.Name, fared(ctx, err, refused))
	return usage, err
}

// fared is what came of a call, in a word: left is its caller's doing.
func fared(ctx context.Context, err error, refused bool) string {
	var f *chat.Failure
	switch {
	case err == nil:
		return "answered"
	case refused, !errors.As(err, &f) && ctx.Err() != nil:
		return "left"
	case f == nil:
		return "failed"
	case f.Code == chat.CodeBlocked, f.Code == chat.CodeRejected:
		return "declined"
	case f.RetryAfter > 0:
		return "limited"
	}
	return "failed"
}
