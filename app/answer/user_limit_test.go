package answer_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/core/chat"
)

// slowModel answers after a second and counts its concurrent calls.
type slowModel struct{ running, highest atomic.Int64 }

func (m *slowModel) Answer(ctx context.Context, _ chat.Prompt, emit func(string) error) (chat.Usage, error) {
	m.highest.Store(max(m.highest.Load(), m.running.Add(1)))
	defer m.running.Add(-1)
	select {
	case <-ctx.Done():
		return chat.Usage{}, ctx.Err()
	case <-time.After(time.Second):
		return chat.Usage{}, emit("x")
	}
}

// Deleting rooms frees the claims of a user, but the calls of the model that still run keep their slots.
func TestUserLimitHoldsWhenRoomsAreDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, llm := newHarness(t), &slowModel{}
		h.perUser = 2
		s := h.service(llm)
		answered := make(chan error, 3)
		for range 3 {
			roomID := h.ask(t)
			task := claimOne(t, s)
			go func() {
				_, err := s.Answer(t.Context(), task)
				answered <- err
			}()
			synctest.Wait()
			if err := h.chats.Delete(t.Context(), ada, string(roomID)); err != nil {
				t.Fatalf("deleting the room: %v", err)
			}
		}
		for range 3 {
			if err := <-answered; err == nil {
				t.Error("Answer succeeded for a deleted reply, want an error")
			}
		}
		if got := llm.highest.Load(); got != 2 {
			t.Errorf("the highest number of concurrent calls is %d, want 2", got)
		}
		h.ask(t)
		if r, err := s.Answer(t.Context(), claimOne(t, s)); err != nil || r.Outcome.Status != chat.Done {
			t.Errorf("the next reply: %+v, %v, want it done", r.Outcome, err)
		}
	})
}
