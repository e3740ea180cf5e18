package worker_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// titleModel is a model that echoes messages. title writes titles.
type titleModel struct {
	ports.LLM
	title func(ctx context.Context, emit func(string) error) error
}

func newTitleModel(title func(ctx context.Context, emit func(string) error) error) titleModel {
	return titleModel{LLM: fake.NewEcho(fake.EchoOptions{}), title: title}
}

func (m titleModel) Answer(ctx context.Context, p chat.Prompt, emit func(string) error) (chat.Usage, error) {
	if p.Purpose == chat.ForTitle {
		return chat.Usage{}, m.title(ctx, emit)
	}
	return m.LLM.Answer(ctx, p, emit)
}

// slowTitle returns a title after 30 s.
func slowTitle(ctx context.Context, emit func(string) error) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(30 * time.Second):
		return emit("canary")
	}
}

// wantChores stops the worker and checks the outcomes of its chores.
func (h *harness) wantChores(t *testing.T, want ...[2]string) {
	t.Helper()
	h.stop()
	if !slices.Equal(h.chores, want) {
		t.Errorf("the chores ended as %v, want %v", h.chores, want)
	}
	if strings.Contains(h.log.String(), "canary") {
		t.Errorf("the log contains text of the conversation:\n%s", h.log)
	}
}

// A slow chore delays no answer, because it has a separate slot. There is one such slot for
// four attempts, and one more. Without a free one, a chore is skipped.
func TestChoresDelayNoAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := start(t, newTitleModel(slowTitle), 1, alwaysAvailable)
		for range 3 {
			h.sendTo(t, chat.RoomUpdate{})
			synctest.Wait()
		}
		if n := len(h.attempts); n != 3 {
			t.Errorf("%d attempts have ended while the first title is being written, want 3", n)
		}
		time.Sleep(31 * time.Second)
		h.sendTo(t, chat.RoomUpdate{})
		time.Sleep(31 * time.Second)
		skipped, done := [2]string{"title", "skipped"}, [2]string{"title", "done"}
		h.wantChores(t, skipped, skipped, done, done)
	})
}

// A stop does not wait for chores, and starts no more.
func TestStopCancelsChores(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := start(t, newTitleModel(slowTitle), 8, alwaysAvailable)
		h.sendTo(t, chat.RoomUpdate{})
		synctest.Wait()
		stopped := time.Now()
		h.wantChores(t, [2]string{"title", "cancelled"})
		if took := time.Since(stopped); took != 0 {
			t.Errorf("the worker stopped after %v, want it to stop immediately", took)
		}
		for _, problem := range []string{"level=ERROR", "level=WARN"} {
			if strings.Contains(h.log.String(), problem) {
				t.Errorf("the log contains %s after a stop:\n%s", problem, h.log)
			}
		}
	})
}

func TestFailedChoreIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failing := newTitleModel(func(_ context.Context, emit func(string) error) error {
			if err := emit("canary"); err != nil {
				return err
			}
			return &reply.Failure{Code: reply.CodeUnavailable}
		})
		h := start(t, failing, 1, alwaysAvailable)
		h.sendTo(t, chat.RoomUpdate{})
		synctest.Wait()
		h.wantChores(t, [2]string{"title", "failed"})
		for _, want := range []string{"chore failed", reply.CodeUnavailable} {
			if !strings.Contains(h.log.String(), want) {
				t.Errorf("the log does not contain %q:\n%s", want, h.log)
			}
		}
	})
}

// A panic ends one chore, and the worker can do others.
func TestPanicEndsOneChore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		h := start(t, newTitleModel(func(_ context.Context, emit func(string) error) error {
			calls++
			if calls == 1 {
				panic("canary")
			}
			return emit("title")
		}), 1, alwaysAvailable)
		for range 2 {
			h.sendTo(t, chat.RoomUpdate{})
			synctest.Wait()
		}
		h.wantChores(t, [2]string{"title", "panic"}, [2]string{"title", "done"})
		if !strings.Contains(h.log.String(), "panic in a chore") {
			t.Errorf("the log must report the panic:\n%s", h.log)
		}
	})
}
