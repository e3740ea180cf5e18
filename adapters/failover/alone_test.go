package failover_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/adapters/failover"
	"github.com/kuvaka-tech/parley/core/chat"
)

// The one provider is asked whatever came of it before, and what comes of it is told.
func TestAlone(t *testing.T) {
	over, end := context.WithCancel(t.Context())
	end()
	for _, c := range []struct {
		ctx     context.Context
		err     error
		refuses error
		want    string
	}{
		{t.Context(), nil, nil, "answered"},
		{t.Context(), nil, errors.New("nobody listens"), "left"},
		{over, context.Canceled, nil, "left"},
		{over, &chat.Failure{Code: chat.CodeUnavailable}, nil, "failed"},
		{t.Context(), context.DeadlineExceeded, nil, "failed"},
		{t.Context(), &chat.Failure{Code: chat.CodeUnavailable}, nil, "failed"},
		{t.Context(), &chat.Failure{Code: chat.CodeUnavailable, RetryAfter: time.Second}, nil, "limited"},
		{t.Context(), &chat.Failure{Code: chat.CodeBlocked}, nil, "declined"},
		{t.Context(), &chat.Failure{Code: chat.CodeRejected}, nil, "declined"},
	} {
		var told string
		says := speaker(func(emit func(string) error) (chat.Usage, error) {
			if err := emit("Yes."); err != nil {
				return chat.Usage{}, err
			}
			return chat.Usage{In: 7}, c.err
		})
		llm := failover.Alone(failover.Provider{Name: "acme", LLM: says}, func(provider, outcome string) { told = provider + " " + outcome })
		for range 7 {
			usage, err := llm.Answer(c.ctx, chat.Prompt{}, func(string) error { return c.refuses })
			if want := errors.Join(c.err, c.refuses); fmt.Sprint(err) != fmt.Sprint(want) || c.refuses == nil && usage.In != 7 {
				t.Errorf("%+v, %v, want %v", usage, err, want)
			}
			if told != "acme "+c.want {
				t.Errorf("told %q, want %q", told, c.want)
			}
		}
	}
}

// speaker is a model that heeds no context.
type speaker func(emit func(string) error) (chat.Usage, error)

func (s speaker) Answer(_ context.Context, _ chat.Prompt, emit func(string) error) (chat.Usage, error) {
	return s(emit)
}
