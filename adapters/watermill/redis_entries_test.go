package watermill

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// In redisstream, one entry that cannot be unmarshalled ends the subscription without an error.
func TestInvalidEntriesAreSkipped(t *testing.T) {
	s := onSharedServer(t)
	c := s.consume(nil)
	s.wake(1)
	c.waitFor(1)
	for _, values := range [][]string{
		{"junk", "junk"},
		{payloadField, ""},
		{payloadField, "junk"},
		{"", ""},
		{"_watermill_message_uuid", "\x00\xff", "metadata", "junk"},
		{payloadField, "junk", payloadField, "junk"},
		{payloadField, string(replyID(2)) + " junk"},
		{payloadField, strings.Repeat("junk", 1<<18)},
	} {
		if err := s.client.XAdd(t.Context(), &redis.XAddArgs{Stream: s.stream, Values: values}).Err(); err != nil {
			t.Fatalf("adding an invalid entry: %v", err)
		}
	}
	for i := range 1000 {
		s.wake(1000 + i)
	}
	for i := range 1000 {
		c.waitFor(1000 + i)
	}
	s.waitUntilEmpty()
	if s.log.Count("level=WARN") != 8 || s.log.Count("junk") != 0 {
		t.Errorf("log = %.1000s, want 8 warnings without the payloads", s.log)
	}
}

// redisstream leaves acked entries in the stream, or trims unread ones as well (Maxlens).
func TestHandledEntriesAreDeleted(t *testing.T) {
	s := onSharedServer(t)
	for i := range 3000 {
		s.wake(i)
	}
	if n := s.length(); n != 3000 {
		t.Fatalf("the stream has %d entries, want 3000", n)
	}
	started, release := make(chan struct{}), make(chan struct{})
	c := s.consume(func(r id.ID) {
		if r == replyID(2999) {
			close(started)
			<-release
		}
	})
	<-started
	if n := s.length(); n != 1 {
		t.Errorf("the stream has %d entries while the last one is handled, want 1", n)
	}
	close(release)
	c.waitFor(2999)
	s.waitUntilEmpty()
	for i := range 3000 {
		if n := c.count(i); n != 1 {
			t.Fatalf("wake-up %d was handled %d times, want once", i, n)
		}
	}
}

// redisstream does not ack a message after the subscription's context has ended.
func TestLastHandledEntryIsAcked(t *testing.T) {
	t.Run("the consumer stops", func(t *testing.T) {
		err := stopDuringAHandle(t, func(_ *streamed, c *consumption) { c.stop() })
		if err != nil {
			t.Errorf("Consume returned %v after its context ended, want nil", err)
		}
	})
	t.Run("Close is called", func(t *testing.T) {
		err := stopDuringAHandle(t, func(s *streamed, _ *consumption) { go s.Close() })
		if !errors.Is(err, errClosed) {
			t.Errorf("Consume returned %v after Close, want errClosed", err)
		}
	})
}

// stopDuringAHandle stops a consumer while it handles its only wake-up, and returns
// Consume's result.
func stopDuringAHandle(t *testing.T, stop func(s *streamed, c *consumption)) error {
	s := onSharedServer(t)
	started, release := make(chan struct{}), make(chan struct{})
	c := s.consume(func(id.ID) { close(started); <-release })
	s.wake(1)
	<-started
	stop(s, c)
	close(release)
	err := c.result()
	s.waitUntilEmpty()
	return err
}

// leavePending adds n entries and leaves them pending for a dead consumer.
func (s *streamed) leavePending(n int) {
	s.Helper()
	for i := range n {
		s.wake(i)
	}
	s.client.XGroupCreateMkStream(s.Context(), s.stream, group, "0")
	read, err := s.client.XReadGroup(s.Context(), &redis.XReadGroupArgs{
		Group:    group,
		Consumer: "dead",
		Streams:  []string{s.stream, ">"},
	}).Result()
	if err != nil || len(read[0].Messages) != n {
		s.Fatalf("reading as another consumer: %v, %v, want %d entries", read, err, n)
	}
}

func (s *streamed) setClaimAfter(d time.Duration) { s.pubsub.(*streams).claimAfter = d }

// redisstream's default is to claim after a minute.
func TestEntriesOfADeadConsumerAreClaimedOnce(t *testing.T) {
	s := onSharedServer(t)
	s.setClaimAfter(300 * time.Millisecond)
	s.leavePending(12)
	consumers := []*consumption{s.consume(nil), s.consume(nil), s.consume(nil)}
	count := func(i int) (n int) {
		for _, c := range consumers {
			n += c.count(i)
		}
		return n
	}
	for i := range 12 {
		rig.Eventually(t, patience, fmt.Sprintf("wake-up %d is handled", i), func() bool { return count(i) > 0 })
	}
	s.waitUntilEmpty()
	for i := range 12 {
		if n := count(i); n != 1 {
			t.Errorf("wake-up %d was handled %d times, want once", i, n)
		}
	}
}

// In redisstream, a consumer claims the entry that it handles for longer than MaxIdleTime.
func TestConsumerDoesNotClaimItsOwnEntry(t *testing.T) {
	s := onSharedServer(t)
	const claimAfter = 100 * time.Millisecond
	s.setClaimAfter(claimAfter)
	started, release := make(chan struct{}, 10), make(chan struct{})
	c := s.consume(func(id.ID) { started <- struct{}{}; <-release })
	s.wake(1)
	<-started
	time.Sleep(8 * claimAfter) // several attempts to claim
	close(release)
	c.waitFor(1)
	s.wake(2)
	c.waitFor(2)
	s.waitUntilEmpty()
	if n := c.count(1); n != 1 {
		t.Errorf("a wake-up with a long handle was handled %d times, want once", n)
	}
}

// redisstream reads two entries ahead of the one that is handled.
func TestBlockedConsumerHoldsOneEntry(t *testing.T) {
	s := onSharedServer(t)
	started, release := make(chan struct{}, 10), make(chan struct{})
	defer close(release)
	s.consume(func(id.ID) { started <- struct{}{}; <-release })
	for i := range 5 {
		s.wake(i)
	}
	<-started
	time.Sleep(3 * blockTime)
	if pending := s.client.XPending(t.Context(), s.stream, group).Val(); pending.Count != 1 {
		t.Errorf("%d entries are pending while one is handled, want 1", pending.Count)
	}
}

// redisstream sends a nacked message again immediately and without end.
func TestNackedEntryIsLeftToOtherConsumers(t *testing.T) {
	s := onSharedServer(t)
	s.setClaimAfter(200 * time.Millisecond)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	messages, err := s.pubsub.Subscribe(ctx, topic)
	if err != nil {
		t.Fatalf("Subscribe failed: %v", err)
	}
	s.wake(1)
	(<-messages).Nack()
	if m, more := <-messages; more {
		t.Errorf("after a nack the consumer delivered %s, want it to stop", m.Payload)
	}
	c := s.consume(nil)
	c.waitFor(1)
	s.waitUntilEmpty()
}

// When redisstream removes a consumer, the entries that it has just received are lost.
func TestConsumersAreNotRemovedSoon(t *testing.T) {
	c := newConsumer(&streams{claimAfter: claimAfter}, "stream")
	if timeout := c.config().ConsumerTimeout; timeout < 24*time.Hour {
		t.Errorf("an idle consumer is removed after %v, want at least a day", timeout)
	}
}
