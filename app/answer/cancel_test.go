package answer_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/adapters/memory"
	"github.com/kuvaka-tech/parley/app/answer"
	"github.com/kuvaka-tech/parley/app/talk"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

// talkative is a model that emits a word every 100 ms until it is stopped. stopped receives
// the time of the end.
func talkative(stopped chan<- time.Time) model {
	return func(ctx context.Context, emit func(string) error) (chat.Usage, error) {
		defer func() { stopped <- time.Now() }()
		for ctx.Err() == nil {
			if err := emit("word "); err != nil {
				return chat.Usage{}, err
			}
			select {
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
		}
		return chat.Usage{}, ctx.Err()
	}
}

// answering is an attempt that runs in the background.
type answering struct {
	*harness
	*answer.Service
	task    reply.Task
	stopped chan time.Time // when the model was stopped
	ended   chan error
}

func startAnswering(t *testing.T, h *harness) *answering {
	t.Helper()
	a := &answering{harness: h, stopped: make(chan time.Time, 1), ended: make(chan error, 1)}
	a.Service, a.task = h.serviceWithTask(t, talkative(a.stopped))
	go func() {
		_, err := a.Answer(t.Context(), a.task)
		a.ended <- err
	}()
	return a
}

// receive receives cancel signals until the test ends.
func (a *answering) receive(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := a.ReceiveCancels(ctx); err != nil {
			t.Errorf("receiving cancel signals: %v", err)
		}
	}()
	t.Cleanup(func() { stop(); <-done })
	synctest.Wait()
}

func (a *answering) cancel(t *testing.T) {
	t.Helper()
	notifyErr, err := a.Cancel(t.Context(), ada, string(a.task.Room), string(a.task.Reply))
	if notifyErr != nil || err != nil {
		t.Fatalf("Cancel failed with %v, %v, want success", notifyErr, err)
	}
}

func TestCancelStopsTheModelWithinASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := startAnswering(t, newHarness(t))
		a.receive(t)
		time.Sleep(950 * time.Millisecond)
		cancelled := time.Now()
		a.cancel(t)
		if took := (<-a.stopped).Sub(cancelled); took > time.Second {
			t.Errorf("the model was stopped after %v, want at most 1 s", took)
		}
		if err := <-a.ended; err != nil {
			t.Fatalf("Answer failed with %v, want the outcome written", err)
		}
		a.wantCancelled(t, strings.Repeat("word ", 10))
	})
}

// wantCancelled checks the stored reply.
func (a *answering) wantCancelled(t *testing.T, content string) {
	t.Helper()
	if m := a.stored(t, a.task); m.Status != chat.Cancelled || m.Content != content {
		t.Errorf("the reply is %s with %q, want it cancelled with %q", m.Status, m.Content, content)
	}
}

func TestCancelWithoutASignalStopsTheModelAtTheNextRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := startAnswering(t, newHarness(t))
		time.Sleep(time.Second)
		a.cancel(t) // nobody receives the signal
		cancelled := time.Now()
		if took := (<-a.stopped).Sub(cancelled); took > reply.RenewEvery {
			t.Errorf("the model was stopped after %v, want at most %v", took, reply.RenewEvery)
		}
		if err := <-a.ended; err != nil {
			t.Errorf("Answer failed with %v, want the outcome written", err)
		}
	})
}

// The followers have not seen text that the live log did not confirm.
func TestACancelledReplyHasTheTextThatFollowersHaveSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		l := &spyLive{Live: h.live, failAt: map[int]error{}}
		for i := 3; i < 100; i++ {
			l.failAt[i] = errInjected
		}
		h.writer = l
		a := startAnswering(t, h)
		a.receive(t)
		time.Sleep(time.Second)
		a.cancel(t)
		if err := <-a.ended; err != nil {
			t.Fatalf("Answer failed with %v, want the outcome written", err)
		}
		a.wantCancelled(t, strings.Repeat("word ", 3))
	})
}

func TestASignalForAReplyThatIsNotCancelledChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := startAnswering(t, newHarness(t))
		a.receive(t)
		if err := a.signals.Send(t.Context(), a.task.Reply); err != nil {
			t.Fatalf("sending a signal: %v", err)
		}
		time.Sleep(5 * time.Second)
		select {
		case at := <-a.stopped:
			t.Errorf("the model was stopped at %v, want it to continue", at)
		default:
		}
		a.cancel(t)
		<-a.ended
	})
}

// The worker has crashed: its lease has expired, and nobody else will finish the reply.
func TestCancelFinishesAReplyWhoseWorkerHasCrashed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		s, task := h.serviceWithTask(t, talkative(make(chan time.Time, 1)))
		piece := chat.Piece{
			Room:    task.Room,
			Attempt: chat.Attempt{Reply: task.Reply, Fence: task.Fence},
			Deltas:  []string{"half ", "an answer"},
		}
		if err := h.live.Append(t.Context(), piece); err != nil {
			t.Fatalf("writing the text of the crashed worker: %v", err)
		}
		time.Sleep(reply.Lease)
		a := &answering{harness: h, Service: s, task: task}
		a.cancel(t)
		a.wantCancelled(t, "half an answer")
		piece.From = 2
		if err := h.live.Append(t.Context(), piece); !errors.Is(err, reply.ErrClaimLost) {
			t.Errorf("a late delta of the crashed worker: %v, want %v", err, reply.ErrClaimLost)
		}
	})
}

// The worker crashes after the cancellation: the next claim finishes the reply.
func TestAClaimFinishesACancelledReplyWithoutTheModel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		called := model(func(context.Context, func(string) error) (chat.Usage, error) {
			t.Error("the model was called for a cancelled reply")
			return chat.Usage{}, nil
		})
		s, task := h.serviceWithTask(t, called)
		a := &answering{harness: h, Service: s, task: task}
		a.cancel(t)
		time.Sleep(reply.Lease)
		again := claimOne(t, s)
		r, err := s.Answer(t.Context(), again)
		if err != nil || r.Outcome.Status != chat.Cancelled || !r.Refunded {
			t.Errorf("Answer returned %+v, %v, want a refunded cancellation", r.Outcome, err)
		}
		a.wantCancelled(t, "")
		if n, err := (memory.MessageCounts{Store: h.store}).Count(t.Context(), ada, today()); n != 0 || err != nil {
			t.Errorf("the user has used %d, %v of the day's quota, want 0", n, err)
		}
	})
}

func TestCancelWhileTheHistoryIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.flaky.historyDelay = 7 * time.Second // longer than reply.RenewEvery
		a := startAnswering(t, h)
		a.cancel(t)
		if err := <-a.ended; err != nil {
			t.Fatalf("Answer failed with %v, want the outcome written", err)
		}
		a.wantCancelled(t, "")
	})
}

// The followers have discarded the earlier text when the user asked again.
func TestACancelledRetryWithoutTextIsEmptyAndRefunded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		s, task := h.serviceWithTask(t, fake.NewEcho(fake.EchoOptions{}))
		if _, err := s.Answer(t.Context(), task); err != nil {
			t.Fatalf("answering: %v", err)
		}
		request := talk.Request{User: ada, Room: string(task.Room)}
		retry := talk.RetryRequest{Request: request, Message: string(task.Reply)}
		if _, err := h.chats.Retry(t.Context(), retry); err != nil {
			t.Fatalf("retrying: %v", err)
		}
		silent := h.service(model(func(ctx context.Context, _ func(string) error) (chat.Usage, error) {
			<-ctx.Done()
			return chat.Usage{}, ctx.Err()
		}))
		a := &answering{harness: h, Service: silent, task: claimOne(t, silent), ended: make(chan error, 1)}
		go func() {
			_, err := a.Answer(t.Context(), a.task)
			a.ended <- err
		}()
		synctest.Wait()
		a.cancel(t)
		if err := <-a.ended; err != nil {
			t.Fatalf("Answer failed with %v, want the outcome written", err)
		}
		a.wantCancelled(t, "")
		if n, err := (memory.MessageCounts{Store: h.store}).Count(t.Context(), ada, today()); n != 1 || err != nil {
			t.Errorf("the user has used %d, %v of the day's quota, want 1: the retry is refunded", n, err)
		}
	})
}

func TestCancelOfAMalformedIDIsNotFound(t *testing.T) {
	h := newHarness(t)
	s, task := h.serviceWithTask(t, talkative(make(chan time.Time, 1)))
	for _, ids := range [][2]string{{"x", string(task.Reply)}, {string(task.Room), "x"}, {"", ""}} {
		if _, err := s.Cancel(t.Context(), ada, ids[0], ids[1]); !errors.Is(err, chat.ErrNotFound) {
			t.Errorf("Cancel(%q, %q) failed with %v, want %v", ids[0], ids[1], err, chat.ErrNotFound)
		}
	}
}
