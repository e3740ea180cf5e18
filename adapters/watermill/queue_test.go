package watermill

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
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
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T) *Queue {
	q := NewInProcess(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { q.Close() })
	return q
}

func TestQueue(t *testing.T) {
	portstest.Queue(t, func(t *testing.T) ports.Queue { return open(t) })
}

func TestQueueInBubble(t *testing.T) {
	portstest.QueueInBubble(t, func(t *testing.T) ports.Queue { return open(t) })
}

func reply(n int) id.ID { return id.ID(fmt.Sprintf("0190163d-8694-739b-aea5-%012x", n)) }

func wake(t *testing.T, q *Queue, n int) {
	t.Helper()
	if err := q.Wake(t.Context(), reply(n)); err != nil {
		t.Fatal(err)
	}
}

func TestConsumersCompete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := open(t)
		var counts [3]atomic.Int64
		for c := range counts {
			go q.Consume(t.Context(), func(context.Context, id.ID) {
				time.Sleep(time.Second)
				counts[c].Add(1)
			})
		}
		for i := range 30 {
			wake(t, q, i)
		}
		time.Sleep(time.Minute)
		for c := range counts {
			if got := counts[c].Load(); got != 10 {
				t.Errorf("consumer %d had %d of 30 wake-ups of a second each, want a third", c, got)
			}
		}
	})
}

func TestJunkIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		q := NewInProcess(slog.New(slog.NewTextHandler(&log, nil)))
		t.Cleanup(func() { q.Close() })
		var got []id.ID
		go q.Consume(t.Context(), func(_ context.Context, reply id.ID) { got = append(got, reply) })
		for _, junk := range []string{"", "junk", "JUNK\x00\xff", string(reply(1)) + "junk", strings.Repeat("junk", 1<<18)} {
			if err := q.pubsub.Publish(topic, message.NewMessage("", message.Payload(junk))); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		wake(t, q, 2)
		synctest.Wait()
		if len(got) != 1 || got[0] != reply(2) {
			t.Errorf("handled %v", got)
		}
		if warned := strings.Count(log.String(), "level=WARN"); warned != 5 || strings.Contains(strings.ToLower(log.String()), "junk") {
			t.Errorf("%d warnings: %.600s", warned, log.String())
		}
		if waiting := q.pubsub.(*inProcess).waiting.Load(); waiting != 0 {
			t.Errorf("%d messages still wait", waiting)
		}
	})
}

// What nobody can take is lost beyond a bound, and blocks neither the waker nor a bubble's clock.
func TestWaitingIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := open(t)
		for i := range 2 * most {
			wake(t, q, i)
		}
		time.Sleep(time.Hour)
		seen := map[id.ID]bool{}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		err := q.Consume(ctx, func(_ context.Context, reply id.ID) { seen[reply] = true })
		if err != nil || len(seen) != most {
			t.Errorf("Consume returned %v after %d wake-ups, want %d", err, len(seen), most)
		}
		wake(t, q, 0)
		ctx, cancel = context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		clear(seen)
		if q.Consume(ctx, func(_ context.Context, reply id.ID) { seen[reply] = true }); !seen[reply(0)] {
			t.Error("there is room again, and a wake-up was lost")
		}
	})
}

// What comes to a consumer too late goes to the next one.
func TestLateIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := open(t)
		wake(t, q, 1)
		over, cancel := context.WithCancel(t.Context())
		cancel()
		for range 20 {
			synctest.Wait()
			q.Consume(over, func(context.Context, id.ID) { t.Error("handled after the end") })
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		handled := 0
		if err := q.Consume(ctx, func(context.Context, id.ID) { handled++ }); err != nil || handled != 1 {
			t.Errorf("handled %d times, %v", handled, err)
		}
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := open(t)
		consumed, closed, release := make(chan error, 1), make(chan error, 1), make(chan struct{})
		handled := 0
		go func() {
			consumed <- q.Consume(t.Context(), func(context.Context, id.ID) {
				handled++
				<-release
			})
		}()
		for i := range 100 {
			wake(t, q, i)
		}
		synctest.Wait()
		go func() { closed <- q.Close() }()
		synctest.Wait()
		if len(consumed) != 0 || len(closed) != 0 {
			t.Error("Close or Consume returned while a handle ran")
		}
		close(release)
		if err := <-consumed; !errors.Is(err, errClosed) {
			t.Errorf("Consume returned %v", err)
		}
		if err := <-closed; err != nil || handled != 1 {
			t.Errorf("Close returned %v after %d handles", err, handled)
		}
	})
}

func TestAfterClose(t *testing.T) {
	q := open(t)
	for range 2 {
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.Wake(t.Context(), reply(1)); err == nil {
		t.Error("a wake-up was taken by a closed queue")
	}
	if err := q.Consume(t.Context(), func(context.Context, id.ID) { t.Error("handled") }); !errors.Is(err, errClosed) {
		t.Errorf("Consume returned %v", err)
	}
}

// A subscription that ends by itself must not look like the orderly end.
func TestSubscriptionEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := open(t)
		time.AfterFunc(time.Second, func() { q.pubsub.Close() })
		if err := q.Consume(t.Context(), func(context.Context, id.ID) {}); !errors.Is(err, errClosed) {
			t.Errorf("Consume returned %v", err)
		}
	})
}

func TestEverythingAtOnce(t *testing.T) {
	for range 50 {
		q := NewInProcess(slog.New(slog.DiscardHandler))
		done := make(chan struct{}, 8)
		for i := range 8 {
			go func() {
				defer func() { done <- struct{}{} }()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if i%2 == 0 {
					q.Consume(ctx, func(context.Context, id.ID) { cancel() })
					return
				}
				for n := range 20 {
					q.Wake(ctx, reply(n))
				}
			}()
		}
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
		for range 8 {
			<-done
		}
	}
}

func TestLogIsQuiet(t *testing.T) {
	var log bytes.Buffer
	q := NewInProcess(slog.New(slog.NewTextHandler(&log, nil)))
	wake(t, q, 1)
	if err := q.Close(); err != nil || log.Len() != 0 {
		t.Errorf("%v, and a log of %s", err, log.String())
	}
}
