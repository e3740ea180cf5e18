package talk_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
)

// away is a ports.Work that cannot be reached to write, for so many tries. Deaf, it
// writes all the same, and only its answer is lost.
type away struct {
	ports.Work
	tries int
	deaf  bool
	renew error // what renewing fails with
}

func (a *away) Renew(ctx context.Context, reply id.ID, fence int64, now time.Time, lease time.Duration) error {
	return cmp.Or(a.renew, a.Work.Renew(ctx, reply, fence, now, lease))
}

func (a *away) Finish(ctx context.Context, reply id.ID, fence int64, o chat.Outcome, now time.Time) (ports.Finished, error) {
	if a.tries--; a.tries < 0 {
		return a.Work.Finish(ctx, reply, fence, o, now)
	}
	if a.deaf {
		_, _ = a.Work.Finish(ctx, reply, fence, o, now)
	}
	return ports.Finished{}, errAway
}

// answering is the other side of a world, with one reply claimed.
func (w *world) answering(t *testing.T, llm ports.LLM, tries int) (*talk.Answers, chat.Task) {
	t.Helper()
	return w.answeringOver(t, llm, away{tries: tries})
}

// answeringOver is answering with a store that fails in that way.
func (w *world) answeringOver(t *testing.T, llm ports.LLM, work away) (*talk.Answers, chat.Task) {
	t.Helper()
	w.ask(t)
	work.Work = memory.Work{Store: w.store}
	a := talk.NewAnswers(&work, messages{memory.Messages{Store: w.store}, w}, w.live, llm, silent{}, memory.Spend{Store: w.store}, clock{}, func() float64 { return 0.5 }, talk.Voice{Budget: 1000}, 0)
	tasks, err := a.Claim(t.Context(), 9)
	if err != nil || len(tasks) != 1 {
		t.Fatalf("claimed %+v, %v", tasks, err)
	}
	return a, tasks[0]
}

// A store that fails is not the model's failure: nothing is written, and the
// lease brings another attempt.
func TestAHistoryThatCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, echo := newWorld(t, rand.Reader), fake.NewEcho(fake.EchoOptions{})
		a, task := w.answering(t, echo, 0)
		w.in = 1
		if r, err := a.Answer(t.Context(), task); !errors.Is(err, errAway) || r != (talk.Result{}) || echo.Calls() != 0 {
			t.Errorf("%+v, %v, %d calls", r, err, echo.Calls())
		}
		if again, err := a.Claim(t.Context(), 9); err != nil || len(again) != 0 {
			t.Errorf("claimed at once %+v, %v", again, err)
		}
	})
}

// The store is asked to take an outcome for some 3 s, and no longer than the worker may go on.
func TestAnOutcomeThatCannotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for tries, want := range map[int]time.Duration{0: 0, 1: 100 * time.Millisecond, 5: 3100 * time.Millisecond} {
			a, task := newWorld(t, rand.Reader).answering(t, fake.NewEcho(fake.EchoOptions{}), tries)
			if r, err := a.Answer(t.Context(), task); err != nil || r.Outcome.Status != chat.Done || r.Taken != want {
				t.Errorf("after %d failures: %+v, %v", tries, r, err)
			}
		}
		a, task := newWorld(t, rand.Reader).answering(t, fake.NewEcho(fake.EchoOptions{}), 6)
		if _, err := a.Answer(t.Context(), task); !errors.Is(err, errAway) {
			t.Errorf("after 6 failures: %v", err)
		}
		a, task = newWorld(t, rand.Reader).answering(t, fake.NewEcho(fake.EchoOptions{}), 6)
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		began := time.Now()
		if _, err := a.Answer(ctx, task); err == nil || time.Since(began) != 500*time.Millisecond {
			t.Errorf("told to stop: %v after %v", err, time.Since(began))
		}
	})
}

// An outcome that was written, though the store's word of it was lost, counts, and its
// text is taken from those who watch.
func TestAnOutcomeWrittenUnheard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, llm := range []ports.LLM{fake.NewEcho(fake.EchoOptions{}), fails{}} {
			w := newWorld(t, rand.Reader)
			a, task := w.answeringOver(t, llm, away{tries: 2, deaf: true})
			r, err := a.Answer(t.Context(), task)
			if err != nil {
				t.Fatal(err)
			}
			m, err := memory.Messages{Store: w.store}.Get(t.Context(), ada, task.Room, task.Reply)
			if err != nil || m.Status != r.Outcome.Status || m.Content != r.Outcome.Content {
				t.Errorf("kept %+v, %v, told %+v", m, err, r.Outcome)
			}
			if text, err := w.live.Read(t.Context(), task.Room, task.Reply); err != nil || text != "" {
				t.Errorf("%q is left, %v", text, err)
			}
		}
	})
}

// fails is a model that fails for good, having said a word.
type fails struct{}

func (fails) Answer(_ context.Context, _ chat.Prompt, emit func(string) error) (chat.Usage, error) {
	return chat.Usage{}, errors.Join(emit("hm"), &chat.Failure{Code: chat.CodeBlocked})
}

// Another's outcome is not taken for one's own.
func TestAnOutcomeOfAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rand.Reader)
		a, task := w.answering(t, fake.NewEcho(fake.EchoOptions{}), 1)
		another := chat.Outcome{Status: chat.Done, Content: "another's"}
		if _, err := (memory.Work{Store: w.store}).Finish(t.Context(), task.Reply, task.Fence, another, clock{}.Now()); err != nil {
			t.Fatal(err)
		}
		if r, err := a.Answer(t.Context(), task); !errors.Is(err, chat.ErrLost) {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// Who loses the claim while the history is read says so.
func TestAClaimLostWhileReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, lost := range []error{chat.ErrLost, chat.ErrCancelled, chat.ErrGone} {
			w := newWorld(t, rand.Reader)
			w.slow = 7 * time.Second
			a, task := w.answeringOver(t, fake.NewEcho(fake.EchoOptions{}), away{renew: lost})
			if _, err := a.Answer(t.Context(), task); !errors.Is(err, lost) {
				t.Errorf("%v, want %v", err, lost)
			}
		}
	})
}

// A worker told to stop at once has written nothing of what it had.
func TestAnAnswerGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rand.Reader)
		a, task := w.answering(t, fake.NewEcho(fake.EchoOptions{Latency: 20 * time.Second}), 0)
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		if r, err := a.Answer(ctx, task); !errors.Is(err, context.DeadlineExceeded) || r.Outcome.Status != "" {
			t.Errorf("%+v, %v", r, err)
		}
		m, err := memory.Messages{Store: w.store}.Get(t.Context(), ada, task.Room, task.Reply)
		if err != nil || m.Status != chat.Running || m.Content != "" {
			t.Errorf("kept %+v, %v", m, err)
		}
	})
}

// An answer of nothing that can be kept is no answer.
func TestAnAnswerOfNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, task := newWorld(t, rand.Reader).answering(t, nothing{}, 0)
		if r, err := a.Answer(t.Context(), task); err != nil || r.Outcome.Status != chat.Queued || r.Failure == nil || r.Failure.Code != chat.CodeUnavailable {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

type nothing struct{}

func (nothing) Answer(_ context.Context, _ chat.Prompt, emit func(string) error) (chat.Usage, error) {
	return chat.Usage{}, errors.Join(emit("\x00"), emit(""))
}

// endless is a model that says more than anybody wants to read.
type endless struct{ said int }

func (e *endless) Answer(_ context.Context, _ chat.Prompt, emit func(string) error) (chat.Usage, error) {
	for {
		if err := emit(strings.Repeat("x", 1000)); err != nil {
			return chat.Usage{In: 1, Out: e.said}, fmt.Errorf("streaming: %w", err)
		}
		e.said++
	}
}

func TestAnAnswerWithoutAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		llm := &endless{}
		a, task := newWorld(t, rand.Reader).answering(t, llm, 0)
		r, err := a.Answer(t.Context(), task)
		if got := len(r.Outcome.Content); err != nil || r.Outcome.Status != chat.Done || got != chat.LongestAnswer/1000*1000 || r.Outcome.Usage.Out != llm.said {
			t.Errorf("%d bytes, %s, %v", got, r.Outcome.Status, err)
		}
	})
}
