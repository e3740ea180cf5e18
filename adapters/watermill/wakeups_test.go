package watermill

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"go.uber.org/goleak"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
	"github.com/kuvaka-tech/parley/tests/logtest"
)

// Package rig starts a goroutine that never ends, before TestMain.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

// newTestInProcess returns in-process wake-ups and their log.
func newTestInProcess(t *testing.T) (*Wakeups, *logtest.Buffer) {
	log := new(logtest.Buffer)
	w := NewInProcess(log.Logger())
	t.Cleanup(func() { w.Close() })
	return w, log
}

func TestWakeups(t *testing.T) {
	open := func(t *testing.T) ports.Wakeups {
		w, _ := newTestInProcess(t)
		return w
	}
	t.Run("with the real clock", func(t *testing.T) { portstest.Wakeups(t, open) })
	t.Run("in a bubble", func(t *testing.T) { portstest.WakeupsInSynctest(t, open) })
}

// replyID returns the n-th of many ids.
func replyID(n int) id.ID { return id.ID(fmt.Sprintf("0190163d-8694-739b-aea5-%012x", n)) }

func wake(t *testing.T, w *Wakeups, n int) {
	t.Helper()
	if err := w.Wake(t.Context(), replyID(n)); err != nil {
		t.Fatalf("waking for reply %d: %v", n, err)
	}
}

func TestConsumersCompete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := newTestInProcess(t)
		var counts [3]atomic.Int64
		for c := range counts {
			go w.Consume(t.Context(), func(context.Context, id.ID) {
				time.Sleep(time.Second)
				counts[c].Add(1)
			})
		}
		for i := range 30 {
			wake(t, w, i)
		}
		time.Sleep(time.Minute)
		for c := range counts {
			if got := counts[c].Load(); got != 10 {
				t.Errorf("consumer %d handled %d of 30 wake-ups that take a second each, want a third", c, got)
			}
		}
	})
}

func TestInvalidMessagesAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, log := newTestInProcess(t)
		var handled []id.ID
		go w.Consume(t.Context(), func(_ context.Context, replyID id.ID) { handled = append(handled, replyID) })
		for _, junk := range []string{
			"", "junk", "JUNK\x00\xff", string(replyID(1)) + "junk", strings.Repeat("junk", 1<<18),
		} {
			if err := w.pubsub.Publish(topic, message.NewMessage("", message.Payload(junk))); err != nil {
				t.Fatalf("publishing %.20q: %v", junk, err)
			}
		}
		synctest.Wait()
		wake(t, w, 2)
		synctest.Wait()
		if len(handled) != 1 || handled[0] != replyID(2) {
			t.Errorf("handled %v, want only the valid wake-up", handled)
		}
		if log.Count("level=WARN") != 5 || strings.Contains(strings.ToLower(log.String()), "junk") {
			t.Errorf("log = %.600s, want 5 warnings without the payloads", log)
		}
		if waiting := w.pubsub.(*inProcess).waiting.Load(); waiting != 0 {
			t.Errorf("%d messages are counted as waiting, want 0", waiting)
		}
	})
}

// Wake-ups above the limit are lost. They must block neither Wake nor the clock of a bubble.
func TestNumberOfWaitingWakeupsIsLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := newTestInProcess(t)
		for i := range 2 * maxWaiting {
			wake(t, w, i)
		}
		time.Sleep(time.Hour)
		if handled := consumeForAnHour(t, w); len(handled) != maxWaiting {
			t.Errorf("handled %d wake-ups, want %d", len(handled), maxWaiting)
		}
		wake(t, w, 0)
		if handled := consumeForAnHour(t, w); !handled[replyID(0)] {
			t.Error("a wake-up was lost when none was waiting any more")
		}
	})
}

func consumeForAnHour(t *testing.T, w *Wakeups) map[id.ID]bool {
	t.Helper()
	handled := map[id.ID]bool{}
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	if err := w.Consume(ctx, func(_ context.Context, replyID id.ID) { handled[replyID] = true }); err != nil {
		t.Errorf("Consume returned %v after its context ended, want nil", err)
	}
	return handled
}

// A message that a consumer receives after its context has ended goes to another consumer.
func TestMessageForAStoppedConsumerIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := newTestInProcess(t)
		wake(t, w, 1)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		for range 20 {
			synctest.Wait()
			w.Consume(ended, func(context.Context, id.ID) { t.Error("a wake-up was handled after the context ended") })
		}
		if handled := consumeForAnHour(t, w); !handled[replyID(1)] {
			t.Error("the wake-up was lost")
		}
	})
}

func TestCloseWaitsForHandlers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := newTestInProcess(t)
		consumed, closed, release := make(chan error, 1), make(chan error, 1), make(chan struct{})
		handled := 0
		go func() {
			consumed <- w.Consume(t.Context(), func(context.Context, id.ID) {
				handled++
				<-release
			})
		}()
		for i := range 100 {
			wake(t, w, i)
		}
		synctest.Wait()
		go func() { closed <- w.Close() }()
		synctest.Wait()
		if len(consumed) != 0 || len(closed) != 0 {
			t.Error("Close or Consume returned while a handler ran")
		}
		close(release)
		if err := <-consumed; !errors.Is(err, errClosed) {
			t.Errorf("Consume returned %v after Close, want errClosed", err)
		}
		if err := <-closed; err != nil {
			t.Errorf("Close failed: %v", err)
		}
		if handled != 1 {
			t.Errorf("%d wake-ups were handled, want only the one before Close", handled)
		}
	})
}

func TestAfterClose(t *testing.T) {
	w, _ := newTestInProcess(t)
	for range 2 {
		if err := w.Close(); err != nil {
			t.Fatalf("Close failed: %v", err)
		}
	}
	if err := w.Wake(t.Context(), replyID(1)); err == nil {
		t.Error("Wake after Close succeeded")
	}
	handle := func(context.Context, id.ID) { t.Error("a wake-up was handled after Close") }
	if err := w.Consume(t.Context(), handle); !errors.Is(err, errClosed) {
		t.Errorf("Consume after Close returned %v, want errClosed", err)
	}
}

// Consume must return nil only if its context has ended.
func TestConsumeFailsWhenItsSubscriptionEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := newTestInProcess(t)
		time.AfterFunc(time.Second, func() { w.pubsub.Close() })
		if err := w.Consume(t.Context(), func(context.Context, id.ID) {}); !errors.Is(err, errClosed) {
			t.Errorf("Consume returned %v, want errClosed", err)
		}
	})
}

// For the race detector: everything at the same time.
func TestConcurrentCalls(t *testing.T) {
	for range 50 {
		w, _ := newTestInProcess(t)
		done := make(chan struct{}, 8)
		for i := range 8 {
			go func() {
				defer func() { done <- struct{}{} }()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if i%2 == 0 {
					w.Consume(ctx, func(context.Context, id.ID) { cancel() })
					return
				}
				for n := range 20 {
					w.Wake(ctx, replyID(n))
				}
			}()
		}
		if err := w.Close(); err != nil {
			t.Fatalf("Close failed: %v", err)
		}
		for range 8 {
			<-done
		}
	}
}

func TestNormalOperationIsNotLogged(t *testing.T) {
	w, log := newTestInProcess(t)
	wake(t, w, 1)
	if err := w.Close(); err != nil || log.String() != "" {
		t.Errorf("Close = %v and log = %s, want nil and an empty log", err, log)
	}
}
