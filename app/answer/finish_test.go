package answer_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// Writing the outcome is retried for about 3 s, and not after the end of the context.
func TestWritingOutcomeIsRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for failures, want := range map[int]time.Duration{
			0: 0,
			1: 100 * time.Millisecond,
			5: 3100 * time.Millisecond,
		} {
			h := newHarness(t)
			h.queue.failures = failures
			s, task := h.serviceWithTask(t, fake.NewEcho(fake.EchoOptions{}))
			r, err := s.Answer(t.Context(), task)
			if err != nil || r.Outcome.Status != chat.Done || r.Duration != want {
				t.Errorf("after %d failures: %+v, %v, want done after %v", failures, r, err, want)
			}
		}
	})
}

func TestWritingOutcomeFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.queue.failures = 6
		s, task := h.serviceWithTask(t, fake.NewEcho(fake.EchoOptions{}))
		if _, err := s.Answer(t.Context(), task); !errors.Is(err, errInjected) {
			t.Errorf("after 6 failures: %v, want the error of the store", err)
		}
	})
}

func TestWritingOutcomeEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.queue.failures = 6
		s, task := h.serviceWithTask(t, fake.NewEcho(fake.EchoOptions{}))
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		start := time.Now()
		_, err := s.Answer(ctx, task)
		if took := time.Since(start); err == nil || took != 500*time.Millisecond {
			t.Errorf("Answer returned %v after %v, want an error when the context ends after 500ms", err, took)
		}
	})
}

// When the response of a successful write was lost, the outcome counts, and the live log has no text left.
func TestLostResponseOfWrittenOutcome(t *testing.T) {
	blocked := model(func(_ context.Context, emit func(string) error) (chat.Usage, error) {
		return chat.Usage{}, errors.Join(emit("hm"), &reply.Failure{Code: reply.CodeBlocked})
	})
	synctest.Test(t, func(t *testing.T) {
		for name, llm := range map[string]ports.LLM{"echo": fake.NewEcho(fake.EchoOptions{}), "blocked": blocked} {
			h := newHarness(t)
			h.queue.failures = 2
			h.queue.lostResponse = true
			s, task := h.serviceWithTask(t, llm)
			r, err := s.Answer(t.Context(), task)
			if err != nil {
				t.Fatalf("%s: answering: %v", name, err)
			}
			if m := h.stored(t, task); m.Status != r.Outcome.Status || m.Content != r.Outcome.Content {
				t.Errorf("%s: the store has %+v, want the outcome %+v", name, m, r.Outcome)
			}
			if text, err := h.live.Read(t.Context(), task.Room); err != nil || !text.Ended {
				t.Errorf("%s: the live log has %+v, %v, want the end of the text", name, text, err)
			}
		}
	})
}

// A worker that lost its claim must not take the outcome of another worker for its own.
func TestOutcomeOfAnotherWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.queue.failures = 1
		s, task := h.serviceWithTask(t, fake.NewEcho(fake.EchoOptions{}))
		other := reply.Outcome{Status: chat.Done, Content: "of another worker"}
		queue := memory.ReplyQueue{Store: h.store}
		if _, err := queue.Finish(t.Context(), task.Reply, task.Fence, other, clock{}.Now()); err != nil {
			t.Fatalf("writing the other outcome: %v", err)
		}
		if r, err := s.Answer(t.Context(), task); !errors.Is(err, reply.ErrClaimLost) {
			t.Errorf("Answer returned %+v, %v, want reply.ErrClaimLost", r, err)
		}
	})
}
