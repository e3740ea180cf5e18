package answer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/app/answer"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

// spyLive is a ports.Live that records the pieces and can fail.
type spyLive struct {
	ports.Live
	mu     sync.Mutex
	pieces []chat.Piece
	times  []time.Time
	failAt map[int]error // by the number of the Append, from 0
}

func (l *spyLive) Append(ctx context.Context, p chat.Piece) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.pieces)
	p.Deltas = slices.Clone(p.Deltas)
	l.pieces = append(l.pieces, p)
	l.times = append(l.times, time.Now())
	if err := l.failAt[n]; err != nil {
		return err
	}
	return l.Live.Append(ctx, p)
}

// answerWords lets a model emit n words, one every interval. It returns the pieces that the
// live log got, and the result.
func answerWords(t *testing.T, l *spyLive, n int, interval time.Duration) (answer.Result, string) {
	t.Helper()
	var text strings.Builder
	words := model(func(_ context.Context, emit func(string) error) (chat.Usage, error) {
		for i := range n {
			word := fmt.Sprintf("word%d ", i)
			text.WriteString(word)
			if err := emit(word); err != nil {
				return chat.Usage{}, fmt.Errorf("streaming: %w", err)
			}
			time.Sleep(interval)
		}
		return chat.Usage{In: 1, Out: n}, nil
	})
	h := newHarness(t)
	l.Live = h.live
	h.writer = l
	s, task := h.serviceWithTask(t, words)
	r, err := s.Answer(t.Context(), task)
	if err != nil {
		t.Fatalf("answering: %v", err)
	}
	return r, text.String()
}

func TestTheFirstDeltaIsNotDelayedAndLaterOnesAreCombined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &spyLive{}
		start := time.Now()
		r, text := answerWords(t, l, 200, 5*time.Millisecond)
		if got := l.times[0].Sub(start); got != 0 {
			t.Errorf("the first delta came after %v, want it immediately", got)
		}
		if got := l.pieces[0].Deltas; !slices.Equal(got, []string{"word0 "}) {
			t.Errorf("the first piece is %q, want the first word", got)
		}
		for i := 1; i < len(l.times)-1; i++ {
			if gap := l.times[i].Sub(l.times[i-1]); gap < 30*time.Millisecond || gap > 50*time.Millisecond {
				t.Errorf("delta %d came %v after the one before, want 30 to 50 ms", i, gap)
			}
		}
		wantJoined(t, l, text)
		if r.Outcome.Content != text {
			t.Errorf("the stored text is %q, want %q", r.Outcome.Content, text)
		}
	})
}

func TestAPauseOfTheModelDoesNotDelayTheNextDelta(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &spyLive{}
		start := time.Now()
		answerWords(t, l, 3, time.Second)
		for i, at := range l.times {
			if got := at.Sub(start); got != time.Duration(i)*time.Second {
				t.Errorf("delta %d came after %v, want %d s", i, got, i)
			}
		}
	})
}

func TestDeltasThatTheLiveLogDidNotConfirmAreSentAgain(t *testing.T) {
	for name, err := range map[string]error{
		"an error":          errInjected,
		"chat.ErrGap":       chat.ErrGap,
		"a context's error": context.DeadlineExceeded,
	} {
		synctest.Test(t, func(t *testing.T) {
			l := &spyLive{failAt: map[int]error{1: err}}
			_, text := answerWords(t, l, 20, 20*time.Millisecond)
			live := strings.Join(deltasOf(l.pieces), "")
			if live != text {
				t.Errorf("after %s, the live log got %q, want %q", name, live, text)
			}
		})
	}
}

// deltasOf returns the deltas that a live log without errors has after the pieces.
func deltasOf(pieces []chat.Piece) (deltas []string) {
	for _, p := range pieces {
		deltas = append(deltas[:min(p.From, len(deltas))], p.Deltas...)
	}
	return deltas
}

func wantJoined(t *testing.T, l *spyLive, text string) {
	t.Helper()
	from := 0
	for i, p := range l.pieces {
		if p.From != from {
			t.Errorf("piece %d starts with delta %d, want %d", i, p.From, from)
		}
		from += len(p.Deltas)
	}
	if got := strings.Join(deltasOf(l.pieces), ""); got != text {
		t.Errorf("the deltas join to %q, want %q", got, text)
	}
}

func TestAClaimThatTheLiveLogKnowsToBeLostStopsTheModel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		emitted := 0
		endless := model(func(_ context.Context, emit func(string) error) (chat.Usage, error) {
			for {
				if err := emit("word "); err != nil {
					return chat.Usage{}, err
				}
				emitted++
				time.Sleep(10 * time.Millisecond)
			}
		})
		h := newHarness(t)
		h.writer = &spyLive{Live: h.live, failAt: map[int]error{2: reply.ErrClaimLost}}
		s, task := h.serviceWithTask(t, endless)
		r, err := s.Answer(t.Context(), task)
		if emitted > 20 {
			t.Errorf("the model emitted %d words, want it stopped after a few", emitted)
		}
		if err == nil && r.Failure == nil {
			t.Errorf("Answer returned %+v, want an error or a failure", r)
		}
		if errors.Is(err, reply.ErrCancelled) {
			t.Errorf("Answer returned %v, want no cancellation", err)
		}
	})
}
