package worker_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/fake"
	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/reply"
)

// A worker without free slots takes no more wake-ups than it has consumers, so that other workers
// receive the rest.
func TestFullWorkerTakesFewWakeups(t *testing.T) {
	const sent, slots, consumers = 10, 2, 4
	synctest.Test(t, func(t *testing.T) {
		echo := fake.NewEcho(fake.EchoOptions{Latency: 5 * time.Second})
		h := start(t, echo, slots, alwaysAvailable)
		for range sent {
			h.send(t)
		}
		synctest.Wait()
		acknowledged, waiting := h.wakeups.countAcknowledged(), len(h.wakeups.waiting)
		if acknowledged > slots || waiting != sent-acknowledged-consumers {
			t.Errorf("wake-ups: %d acknowledged, %d waiting; want at most %d, and all others but %d",
				acknowledged, waiting, slots, consumers)
		}
		if echo.Calls() != slots {
			t.Errorf("model calls = %d, want %d, the concurrency", echo.Calls(), slots)
		}
		time.Sleep(30 * time.Second)
		if n := h.wakeups.countAcknowledged(); n != sent || echo.Calls() != sent {
			t.Errorf("after 30 s: %d wake-ups acknowledged, %d model calls, want %d of both", n, echo.Calls(), sent)
		}
		h.stop()
	})
}

// Clocks of two machines differ by some milliseconds. The worker must not wait for its next sweep.
func TestAMessageOfAClockThatIsAheadIsAnsweredAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		echo := fake.NewEcho(fake.EchoOptions{})
		h := start(t, echo, 1, alwaysAvailable)
		synctest.Wait() // the first sweep has found nothing
		h.ahead = 300 * time.Millisecond
		h.send(t)
		synctest.Wait()
		if echo.Calls() != 1 {
			t.Errorf("model calls = %d, want 1 before the next sweep", echo.Calls())
		}
		h.stop()
	})
}

// Many replies that become due together are claimed in batches: each claim takes some time.
func TestBurstIsClaimedInBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		echo := fake.NewEcho(fake.EchoOptions{Latency: 5 * time.Second})
		h := start(t, echo, 60, alwaysAvailable)
		synctest.Wait() // the first sweep has found nothing
		h.store.claimDelay = 10 * time.Millisecond
		for range 50 {
			h.send(t)
		}
		time.Sleep(25 * time.Millisecond)
		synctest.Wait()
		if echo.Calls() != 50 {
			t.Errorf("model calls after two claims = %d, want 50", echo.Calls())
		}
		h.stop()
	})
}

// The replies of a room are answered one after the other, each after the end of the one before, and
// not only after the next sweep.
func TestRepliesFollowEachOtherWithoutWakeups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		echo := fake.NewEcho(fake.EchoOptions{Latency: 10 * time.Millisecond})
		h := start(t, echo, 10, alwaysAvailable)
		h.wakeups.unavailable = true
		room := h.addRoom(t, chat.RoomUpdate{Name: new("r")})
		for range 20 {
			h.sendIn(t, room)
		}
		time.Sleep(1500 * time.Millisecond) // one sweep
		if echo.Calls() != 20 {
			t.Errorf("model calls = %d, want 20", echo.Calls())
		}
		h.stop()
	})
}

// A claim that panics loses no slot and no reply, and the log has no text.
func TestPanicInAClaimForAWakeup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		echo := fake.NewEcho(fake.EchoOptions{})
		h := start(t, echo, 1, alwaysAvailable)
		synctest.Wait() // the first sweep has found nothing
		h.store.panics.Store(1)
		h.send(t)
		time.Sleep(1500 * time.Millisecond) // the next sweep claims the reply
		synctest.Wait()
		if echo.Calls() != 1 {
			t.Errorf("model calls = %d, want 1", echo.Calls())
		}
		h.stop()
		if log := h.log.String(); !strings.Contains(log, "panic while claiming") || strings.Contains(log, "canary") {
			t.Errorf("log = %s, want the panic without its text", log)
		}
	})
}

func TestHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := start(t, fake.NewEcho(fake.EchoOptions{}), 1, alwaysAvailable)
		for range 100 {
			time.Sleep(700 * time.Millisecond)
			if n := h.liveWorkers(t); n != 1 {
				t.Fatalf("live workers = %d, want 1 while the worker runs", n)
			}
		}
		h.stop()
		if n := h.liveWorkers(t); n != 0 {
			t.Errorf("live workers = %d, want 0 after the stop", n)
		}
	})
}

// Only final replies count. A retry does not make the queue shorter.
func TestHeartbeatReportsTheCapacity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		unavailable := &reply.Failure{Code: reply.CodeUnavailable, Retryable: true, RetryAfter: 10 * time.Second}
		h := start(t, fake.NewEcho(fake.EchoOptions{Script: func(_ chat.Prompt, call int) fake.EchoAnswer {
			if call == 1 {
				return fake.EchoAnswer{Text: "no", Failure: unavailable}
			}
			return fake.EchoAnswer{Text: "well"}
		}}), 7, alwaysAvailable)
		check := func(want reply.Capacity) {
			t.Helper()
			got, err := h.store.Capacity(t.Context(), clock{}.Now())
			if err != nil || got != want {
				t.Errorf("the capacity is %+v, error %v, want %+v", got, err, want)
			}
		}
		h.send(t)
		time.Sleep(5 * time.Second)
		check(reply.Capacity{Slots: 7})
		time.Sleep(10 * time.Second)
		check(reply.Capacity{Slots: 7, Finished: 1})
		time.Sleep(time.Minute)
		check(reply.Capacity{Slots: 7})
		h.stop()
		check(reply.Capacity{})
	})
}

func TestPurgeRunsOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := start(t, fake.NewEcho(fake.EchoOptions{}), 1, alwaysAvailable)
		time.Sleep(5*time.Minute + time.Second/2)
		h.stop()
		if n := len(h.store.purges); n != 6 {
			t.Errorf("purges in 5 minutes = %d, want 6", n)
		}
	})
}

// A worker logs the errors of an unavailable store and continues when the store is available again.
func TestStoreOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		outageEnd := time.Now().Add(10*time.Second + time.Second/2)
		echo := fake.NewEcho(fake.EchoOptions{})
		h := start(t, echo, 4, func() bool { return time.Now().Before(outageEnd) })
		h.send(t)
		time.Sleep(10 * time.Second)
		if echo.Calls() != 0 {
			t.Fatalf("model calls during the outage = %d, want 0", echo.Calls())
		}
		time.Sleep(3 * time.Second / 2)
		if echo.Calls() != 1 {
			t.Errorf("model calls after the outage = %d, want 1", echo.Calls())
		}
		h.stop()
		for _, step := range []string{"claiming replies", "sending the heartbeat", "purging expired data"} {
			if !strings.Contains(h.log.String(), step) {
				t.Errorf("the log does not contain the failed step %q", step)
			}
		}
		if strings.Contains(h.log.String(), "canary") {
			t.Error("the log contains text of the conversation")
		}
	})
}

// panickingLLM is a model with a bug.
type panickingLLM struct{}

func (panickingLLM) Answer(context.Context, chat.Prompt, func(string) error) (chat.Usage, error) {
	panic("canary")
}

// A panic ends only its own attempt, and counts as lost.
func TestPanicEndsOneAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := start(t, panickingLLM{}, 2, alwaysAvailable)
		h.send(t)
		h.send(t)
		synctest.Wait()
		h.stop()
		want := [2]string{"lost", "panic"}
		if len(h.attempts) != 2 || h.attempts[0] != want || h.attempts[1] != want {
			t.Errorf("attempts = %v, want two of %v", h.attempts, want)
		}
		if log := h.log.String(); !strings.Contains(log, "panic while answering") || strings.Contains(log, "canary") {
			t.Errorf("the log must report the panic without its value:\n%s", log)
		}
	})
}

// A stop causes no error, at whatever point the worker is.
func TestStopLogsNoErrors(t *testing.T) {
	for i := range 20 {
		synctest.Test(t, func(t *testing.T) {
			h := start(t, fake.NewEcho(fake.EchoOptions{Latency: time.Second}), 1+i%3, alwaysAvailable)
			for range i % 5 {
				h.send(t)
			}
			time.Sleep(time.Duration(i) * time.Second / 4) // every fourth time, a sweep begins now
			h.stop()
			if strings.Contains(h.log.String(), "level=ERROR") {
				t.Errorf("the log contains an error after a stop:\n%s", h.log)
			}
		})
	}
}

// A removal uses the database for a quarter of the time at most, and the next one follows at once
// while something is left.
func TestDeletedRoomsAreRemovedWithPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := start(t, fake.NewEcho(fake.EchoOptions{}), 1, alwaysAvailable)
		began := time.Now()
		time.Sleep(7 * time.Second)
		h.stop()
		var at []time.Duration
		for _, call := range h.store.removals {
			at = append(at, call.Sub(began))
		}
		want := "[0s 400ms 800ms 1.2s 6.3s]"
		if got := fmt.Sprint(at); got != want {
			t.Errorf("RemoveDeleted was called at %s, want %s", got, want)
		}
	})
}
