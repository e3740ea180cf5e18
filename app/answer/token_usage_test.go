package answer_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/app/answer"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/core/reply"
)

// The estimates of chat.Tokens for the prompt "hello" and the answer "half".
const promptTokens, halfTokens = 2, 2

// says returns a model that emits the deltas and then returns u and err.
func says(u chat.Usage, err error, deltas ...string) model {
	return func(_ context.Context, emit func(string) error) (chat.Usage, error) {
		for _, d := range deltas {
			if emitErr := emit(d); emitErr != nil {
				return u, emitErr
			}
		}
		return u, err
	}
}

// hangs returns a model that emits the deltas and then waits until it is stopped.
func hangs(deltas ...string) model {
	return func(ctx context.Context, emit func(string) error) (chat.Usage, error) {
		for _, d := range deltas {
			if err := emit(d); err != nil {
				return chat.Usage{}, err
			}
		}
		<-ctx.Done()
		return chat.Usage{}, ctx.Err()
	}
}

// checkSpent flushes the usage and checks the total of the day.
func (h *harness) checkSpent(t *testing.T, s *answer.Service, want int64) {
	t.Helper()
	if err := s.FlushUsage(t.Context()); err != nil {
		t.Fatalf("flushing the usage: %v", err)
	}
	got, err := (memory.TokenSpend{Store: h.store}).Total(t.Context(), quota.DayOf(time.Now()))
	if err != nil || got != want {
		t.Errorf("the day's total is %d tokens, %v, want %d", got, err, want)
	}
}

// The usage that the model reports is counted, or an estimate when it reports none.
func TestUsageOfAttempts(t *testing.T) {
	unavailable := &reply.Failure{Code: reply.CodeUnavailable, Retryable: true}
	notCalled := &reply.Failure{Code: reply.CodeUnavailable, Retryable: true, NotCalled: true}
	longest := strings.Repeat("x", reply.MaxAnswerBytes)
	longestTokens := int64(chat.Tokens(longest))
	for name, c := range map[string]struct {
		llm  model
		want int64
	}{
		"reported":                  {says(chat.Usage{In: 5, Out: 7}, nil, "half"), 12},
		"not reported":              {says(chat.Usage{}, nil, "half"), promptTokens + halfTokens},
		"failed after some text":    {says(chat.Usage{}, unavailable, "half"), promptTokens + halfTokens},
		"failed without text":       {says(chat.Usage{}, unavailable), promptTokens},
		"blocked":                   {says(chat.Usage{}, &reply.Failure{Code: reply.CodeBlocked}), promptTokens},
		"blocked, with usage":       {says(chat.Usage{In: 5}, &reply.Failure{Code: reply.CodeBlocked}), 5},
		"no answer":                 {says(chat.Usage{}, nil), promptTokens},
		"no model called":           {says(chat.Usage{}, notCalled), 0},
		"cut at the maximum length": {says(chat.Usage{}, nil, longest, "x"), promptTokens + longestTokens},
		"timed out without text":    {hangs(), promptTokens},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHarness(t)
				s, task := h.serviceWithTask(t, c.llm)
				if _, err := s.Answer(t.Context(), task); err != nil {
					t.Fatalf("answering: %v", err)
				}
				h.checkSpent(t, s, c.want)
			})
		})
	}
}

// When the room is deleted during the attempt, the prompt and the text until then are counted.
func TestUsageOfDeletedReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		s, task := h.serviceWithTask(t, hangs("half"))
		time.AfterFunc(time.Second, func() {
			if err := h.chats.Delete(t.Context(), ada, string(task.Room)); err != nil {
				t.Errorf("deleting the room: %v", err)
			}
		})
		if _, err := s.Answer(t.Context(), task); err == nil {
			t.Fatal("Answer succeeded for a deleted reply, want an error")
		}
		h.checkSpent(t, s, promptTokens+halfTokens)
	})
}
