package failover_test

import (
	"context"
	"errors"
	"math"
	"sync/atomic"
	"testing"

	"github.com/kuvaka-tech/parley/adapters/failover"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// Two companies follow one script. Where the first is asked and fails, the second
// fails for good, so that the first's failure is what comes out; where the first
// is not asked, the second does what the script says.
func TestLLM(t *testing.T) {
	portstest.LLM(t, func(t *testing.T, s portstest.Script) ports.LLM {
		var failure atomic.Pointer[chat.Failure]
		first := model(func(ctx context.Context, p chat.Prompt, emit func(string) error) (chat.Usage, error) {
			u, err := play(ctx, s(p), emit)
			if f := new(chat.Failure); errors.As(err, &f) {
				failure.Store(&chat.Failure{Code: f.Code})
			}
			return u, err
		})
		second := model(func(ctx context.Context, p chat.Prompt, emit func(string) error) (chat.Usage, error) {
			if f := failure.Swap(nil); f != nil {
				return chat.Usage{}, f
			}
			return play(ctx, s(p), emit)
		})
		llm, err := failover.New([]failover.Provider{{"first", first}, {"second", second}}, failover.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return llm
	})
}

// model is a ports.LLM that asks ctx before anything.
type model func(ctx context.Context, p chat.Prompt, emit func(string) error) (chat.Usage, error)

func (m model) Answer(ctx context.Context, p chat.Prompt, emit func(string) error) (chat.Usage, error) {
	if err := ctx.Err(); err != nil {
		return chat.Usage{}, err
	}
	return m(ctx, p, emit)
}

// play does what a script says, as an adapter does.
func play(ctx context.Context, act portstest.Act, emit func(string) error) (chat.Usage, error) {
	if act.Status != 0 {
		return chat.Usage{}, refusal(act)
	}
	if act.End == portstest.Hangs {
		defer act.Left()
	}
	used := chat.Usage{In: kept(act.Usage.In), Out: kept(act.Usage.Out)}
	for _, delta := range act.Deltas {
		if err := emit(delta); err != nil {
			return used, err
		}
	}
	switch whole := act.End == portstest.Whole || act.End == portstest.Fills; {
	case whole && len(act.Deltas) > 0:
		return used, nil
	case act.End == portstest.Blocks:
		return used, &chat.Failure{Code: chat.CodeBlocked}
	case act.End == portstest.Hangs:
		<-ctx.Done()
		return used, ctx.Err()
	}
	return used, &chat.Failure{Code: chat.CodeUnavailable, Retryable: true}
}

func kept(count int) int { return min(max(0, count), math.MaxInt32) }

func refusal(act portstest.Act) error {
	f := &chat.Failure{Code: chat.CodeUnavailable, RetryAfter: act.RetryAfter}
	switch {
	case act.Status == 400 || act.Status == 413:
		f.Code = chat.CodeRejected
	case act.Status == 408 || act.Status == 429 || act.Status >= 500:
		f.Retryable = true
	}
	return f
}
