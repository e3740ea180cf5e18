package failover_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/failover"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

// ignoringContext is a model that emits one delta and returns err, also after its context ended.
type ignoringContext struct{ err error }

func (m ignoringContext) Answer(_ context.Context, _ chat.Prompt, emit func(string) error) (chat.Usage, error) {
	if err := emit("Yes."); err != nil {
		return chat.Usage{}, err
	}
	return chat.Usage{In: 7}, m.err
}

// Each case calls the provider more often than would open a breaker.
func TestSingleOutcomes(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	limited := &reply.Failure{Code: reply.CodeUnavailable, RetryAfter: time.Second}
	for name, c := range map[string]struct {
		ctx  context.Context
		err  error
		want string
	}{
		"answer":                 {t.Context(), nil, "answered"},
		"context ended":          {ended, context.Canceled, "left"},
		"failure, context ended": {ended, &reply.Failure{Code: reply.CodeUnavailable}, "failed"},
		"adapter's own timeout":  {t.Context(), context.DeadlineExceeded, "failed"},
		"failure":                {t.Context(), &reply.Failure{Code: reply.CodeUnavailable}, "failed"},
		"wait":                   {t.Context(), limited, "limited"},
		"block":                  {t.Context(), &reply.Failure{Code: reply.CodeBlocked}, "declined"},
		"rejection":              {t.Context(), &reply.Failure{Code: reply.CodeRejected}, "declined"},
	} {
		t.Run(name, func(t *testing.T) {
			var outcome string
			provider := failover.Provider{Name: "acme", LLM: ignoringContext{c.err}}
			llm := failover.Single(provider, func(p, o string) { outcome = p + " " + o })
			for range 7 {
				usage, err := llm.Answer(c.ctx, chat.Prompt{}, func(string) error { return nil })
				if err != c.err || usage.In != 7 {
					t.Errorf("Answer returned %+v, %v, want the provider's usage and %v", usage, err, c.err)
				}
				if outcome != "acme "+c.want {
					t.Errorf("the outcome is %q, want acme %s", outcome, c.want)
				}
			}
		})
	}
}

func TestSingleEmitFails(t *testing.T) {
	var outcome string
	provider := failover.Provider{Name: "acme", LLM: ignoringContext{}}
	llm := failover.Single(provider, func(_, o string) { outcome = o })
	errEmit := errors.New("emit failed")
	_, err := llm.Answer(t.Context(), chat.Prompt{}, func(string) error { return errEmit })
	if err != errEmit || outcome != "left" {
		t.Errorf("Answer failed with %v, outcome %q, want the error of emit and the outcome left", err, outcome)
	}
}
