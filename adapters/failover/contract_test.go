package failover_test

import (
	"context"
	"errors"
	"math"
	"sync/atomic"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/failover"
	"github.com/kuvaka-tech/parley/adapters/internal/llmtest"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// Two providers share one script, which must see each prompt once. If the first
// provider is called and fails, the second one fails with the same code and is
// not retryable, so that Answer returns the failure of the first. If the first
// provider is skipped, the second one follows the script.
func TestLLM(t *testing.T) {
	portstest.LLM(t, func(t *testing.T, s portstest.LLMScript) ports.LLM {
		var firstFailure atomic.Pointer[reply.Failure]
		first := model(func(ctx context.Context, p chat.Prompt, emit func(string) error) (chat.Usage, error) {
			u, err := perform(ctx, s(p), emit)
			var f *reply.Failure
			if errors.As(err, &f) {
				firstFailure.Store(&reply.Failure{Code: f.Code})
			}
			return u, err
		})
		second := model(func(ctx context.Context, p chat.Prompt, emit func(string) error) (chat.Usage, error) {
			if f := firstFailure.Swap(nil); f != nil {
				return chat.Usage{}, f
			}
			return perform(ctx, s(p), emit)
		})
		providers := []failover.Provider{{Name: "first", LLM: first}, {Name: "second", LLM: second}}
		llm, err := failover.New(providers, failover.Options{})
		if err != nil {
			t.Fatalf("New: %v", err)
		}
		return llm
	})
}

// model is a ports.LLM that does nothing if its context has ended.
type model func(ctx context.Context, p chat.Prompt, emit func(string) error) (chat.Usage, error)

func (m model) Answer(ctx context.Context, p chat.Prompt, emit func(string) error) (chat.Usage, error) {
	if err := ctx.Err(); err != nil {
		return chat.Usage{}, err
	}
	return m(ctx, p, emit)
}

// perform does what the response says, as an adapter would do it.
func perform(ctx context.Context, response portstest.LLMResponse, emit func(string) error) (chat.Usage, error) {
	if response.Status != 0 {
		return chat.Usage{}, llmtest.FailureOf(response)
	}
	if response.End == portstest.LLMHangs {
		defer response.OnDisconnect()
	}
	usage := chat.Usage{In: clamp(response.Usage.In), Out: clamp(response.Usage.Out)}
	for _, delta := range response.Deltas {
		if err := emit(delta); err != nil {
			return usage, err
		}
	}
	if response.End == portstest.LLMHangs {
		<-ctx.Done()
		return usage, ctx.Err()
	}
	if f := llmtest.FailureOf(response); f != nil {
		return usage, f
	}
	return usage, nil
}

// clamp limits a count to the range that ports.LLM allows.
func clamp(count int) int { return min(max(0, count), math.MaxInt32) }
