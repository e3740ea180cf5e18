package answer_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

// A failure of the store is not a failure of the model: no outcome is written, and
// another attempt follows when the lease has expired.
func TestHistoryCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.flaky.historyErr = errInjected
		echo := fake.NewEcho(fake.EchoOptions{})
		s, task := h.serviceWithTask(t, echo)
		r, err := s.Answer(t.Context(), task)
		if !errors.Is(err, errInjected) || r.Outcome.Status != "" {
			t.Errorf("Answer returned %+v, %v, want only the error of the store", r, err)
		}
		if echo.Calls() != 0 {
			t.Errorf("the model was called %d times, want 0", echo.Calls())
		}
		if again, err := s.Claim(t.Context(), 9); err != nil || len(again) != 0 {
			t.Errorf("an immediate claim returned %+v, %v, want nothing before the lease expires", again, err)
		}
	})
}

func TestClaimEndsWhileHistoryIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, want := range []error{reply.ErrClaimLost, reply.ErrDeleted} {
			h := newHarness(t)
			h.flaky.historyDelay = 7 * time.Second // longer than reply.RenewEvery
			h.queue.renewErr = want
			s, task := h.serviceWithTask(t, fake.NewEcho(fake.EchoOptions{}))
			if _, err := s.Answer(t.Context(), task); !errors.Is(err, want) {
				t.Errorf("Answer failed with %v, want %v", err, want)
			}
		}
	})
}

func TestAbortedAnswerWritesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		s, task := h.serviceWithTask(t, fake.NewEcho(fake.EchoOptions{Latency: 20 * time.Second}))
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		if r, err := s.Answer(ctx, task); !errors.Is(err, context.DeadlineExceeded) || r.Outcome.Status != "" {
			t.Errorf("Answer returned %+v, %v, want the end of its context and no outcome", r, err)
		}
		if m := h.stored(t, task); m.Status != chat.Running || m.Content != "" {
			t.Errorf("the store has %+v, want a running reply without text", m)
		}
	})
}
