package answer_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

func TestAnswerWithoutStorableText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		empty := model(func(_ context.Context, emit func(string) error) (chat.Usage, error) {
			return chat.Usage{}, errors.Join(emit("\x00"), emit(""))
		})
		s, task := newHarness(t).serviceWithTask(t, empty)
		r, err := s.Answer(t.Context(), task)
		if err != nil || r.Outcome.Status != chat.Queued {
			t.Errorf("Answer returned %+v, %v, want a retry", r, err)
		}
		if r.Failure == nil || r.Failure.Code != reply.CodeUnavailable {
			t.Errorf("failure = %v, want code %s", r.Failure, reply.CodeUnavailable)
		}
	})
}

// A model that never stops is stopped at reply.MaxAnswerBytes. The answer counts as complete.
func TestEndlessAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		deltas := 0 // accepted by the Service
		endless := model(func(_ context.Context, emit func(string) error) (chat.Usage, error) {
			for {
				if err := emit(strings.Repeat("x", 1000)); err != nil {
					return chat.Usage{In: 1, Out: deltas}, fmt.Errorf("streaming: %w", err)
				}
				deltas++
			}
		})
		s, task := newHarness(t).serviceWithTask(t, endless)
		r, err := s.Answer(t.Context(), task)
		if err != nil || r.Outcome.Status != chat.Done {
			t.Errorf("Answer returned status %s, %v, want done", r.Outcome.Status, err)
		}
		if got, want := len(r.Outcome.Content), reply.MaxAnswerBytes; got != want {
			t.Errorf("the answer has %d bytes, want %d", got, want)
		}
		if r.Outcome.Usage.Out != deltas {
			t.Errorf("the model's usage is %d output tokens, want %d", r.Outcome.Usage.Out, deltas)
		}
	})
}
