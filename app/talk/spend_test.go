package talk_test

import (
	"context"
	"crypto/rand"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/quota"
	"github.com/kuvaka-tech/parley/ports"
)

// model is a ports.LLM.
type model func(ctx context.Context, emit func(string) error) (chat.Usage, error)

func (m model) Answer(ctx context.Context, _ chat.Prompt, emit func(string) error) (chat.Usage, error) {
	return m(ctx, emit)
}

// What a model says costs what it counts; where it counts nothing, what that is estimated at.
func TestWhatAnswersCost(t *testing.T) {
	const prompt, half = 2, 2 // tokens of "hello" and of "half"
	says := func(u chat.Usage, err error, deltas ...string) model {
		return func(_ context.Context, emit func(string) error) (chat.Usage, error) {
			for _, d := range deltas {
				if refused := emit(d); refused != nil {
					return u, refused
				}
			}
			return u, err
		}
	}
	away := &chat.Failure{Code: chat.CodeUnavailable, Retryable: true}
	most := strings.Repeat("x", chat.LongestAnswer)
	for name, c := range map[string]struct {
		llm  ports.LLM
		want int64
	}{
		"counted":         {says(chat.Usage{In: 5, Out: 7}, nil, "half"), 12},
		"never counted":   {says(chat.Usage{}, nil, "half"), prompt + half},
		"cut by it":       {says(chat.Usage{}, away, "half"), prompt + half},
		"refused":         {says(chat.Usage{}, away), 0},
		"cut at its most": {says(chat.Usage{}, nil, most, "x"), prompt + int64(chat.Tokens(most))},
		"timed out": {model(func(ctx context.Context, emit func(string) error) (chat.Usage, error) {
			<-ctx.Done()
			return chat.Usage{}, ctx.Err()
		}), prompt},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, rand.Reader)
			a, task := w.answering(t, c.llm, 0)
			if _, err := a.Answer(t.Context(), task); err != nil {
				t.Fatal(err)
			}
			if err := a.Settle(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got, err := (memory.Spend{Store: w.store}).Spent(t.Context(), quota.DayOf(time.Now())); err != nil || got != c.want {
				t.Errorf("%s: %d tokens, %v, want %d", name, got, err, c.want)
			}
		})
	}
}

// An answer whose room is deleted costs what was asked and said until then.
func TestWhatADeletedAnswerCosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rand.Reader)
		a, task := w.answering(t, model(func(ctx context.Context, emit func(string) error) (chat.Usage, error) {
			if err := emit("half"); err != nil {
				return chat.Usage{}, err
			}
			<-ctx.Done()
			return chat.Usage{}, ctx.Err()
		}), 0)
		time.AfterFunc(time.Second, func() {
			if err := w.Delete(t.Context(), ada, string(task.Room)); err != nil {
				t.Error(err)
			}
		})
		if _, err := a.Answer(t.Context(), task); err == nil {
			t.Fatal("a deleted reply was answered")
		}
		if err := a.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, err := (memory.Spend{Store: w.store}).Spent(t.Context(), quota.DayOf(time.Now())); err != nil || got != 4 {
			t.Errorf("%d tokens, %v", got, err)
		}
	})
}

// Of one user no more calls are under way than may be, though rooms are deleted under them.
func TestCallsOfOneUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls, most atomic.Int64
		slow := model(func(ctx context.Context, emit func(string) error) (chat.Usage, error) {
			most.Store(max(most.Load(), calls.Add(1)))
			defer calls.Add(-1)
			select {
			case <-ctx.Done():
				return chat.Usage{}, ctx.Err()
			case <-time.After(time.Second):
				return chat.Usage{}, emit("x")
			}
		})
		w := newWorld(t, rand.Reader)
		a := talk.NewAnswers(memory.Work{Store: w.store}, messages{memory.Messages{Store: w.store}, w}, w.live, slow, silent{}, memory.Spend{Store: w.store}, clock{}, func() float64 { return 0.5 }, talk.Voice{Budget: 1000}, 2)
		answered := make(chan error, 100)
		for range 3 {
			room, _ := w.ask(t)
			tasks, err := a.Claim(t.Context(), 9)
			if err != nil || len(tasks) != 1 {
				t.Fatalf("%d claimed, %v", len(tasks), err)
			}
			go func() {
				_, err := a.Answer(t.Context(), tasks[0])
				answered <- err
			}()
			synctest.Wait()
			if err := w.Delete(t.Context(), ada, room); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			if err := <-answered; err == nil {
				t.Error("a deleted reply was answered")
			}
		}
		if most.Load() != 2 {
			t.Errorf("%d calls at once, want 2", most.Load())
		}
		w.ask(t)
		tasks, err := a.Claim(t.Context(), 9)
		if err != nil || len(tasks) != 1 {
			t.Fatalf("%d claimed, %v", len(tasks), err)
		}
		if r, err := a.Answer(t.Context(), tasks[0]); err != nil || r.Outcome.Status != chat.Done {
			t.Errorf("%+v, %v", r.Outcome, err)
		}
	})
}
