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
)

// The limit: one entry that cannot be decoded ends the subscription, without an error.
func TestJunkEntriesAreSkipped(t *testing.T) {
	s := shared(t)
	c := s.consume(nil)
	s.wake(1)
	c.gets(1)
	for _, values := range [][]string{{"junk", "junk"}, {field, ""}, {field, "junk"}, {"", ""}, {"_watermill_message_uuid", "\x00\xff", "metadata", "junk"},
		{field, "junk", field, "junk"}, {field, string(reply(2)) + " junk"}, {field, strings.Repeat("junk", 1<<18)}} {
		if err := s.client.XAdd(t.Context(), &redis.XAddArgs{Stream: s.stream, Values: values}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 1000 {
		s.wake(1000 + i)
	}
	for i := range 1000 {
		c.gets(1000 + i)
	}
	s.empties()
	if s.log.count("level=WARN") != 8 || s.log.count("junk") != 0 {
		t.Errorf("the log: %.1000s", s.log)
	}
}

// The limit: entries stay in the stream once they are acked, unless Maxlens takes unread ones as well.
func TestEntriesAreDeletedWhenTheyAreHandled(t *testing.T) {
	s := shared(t)
	for i := range 3000 {
		s.wake(i)
	}
	if n := s.client.XLen(t.Context(), s.stream).Val(); n != 3000 {
		t.Fatalf("%d of 3000 wake-ups wait", n)
	}
	begun, release := make(chan struct{}), make(chan struct{})
	c := s.consume(func(r id.ID) {
		if r == reply(2999) {
			close(begun)
			<-release
		}
	})
	<-begun
	if n := s.client.XLen(t.Context(), s.stream).Val(); n != 1 {
		t.Errorf("%d entries while the last one is handled", n)
	}
	close(release)
	c.gets(2999)
	s.empties()
	for i := range 3000 {
		if c.has(i) != 1 {
			t.Fatalf("wake-up %d came %d times", i, c.has(i))
		}
	}
}

// The limit: the ack is not made when the subscription's context is over by then.
func TestLastHandleIsAcked(t *testing.T) {
	for name, end := range map[string]func(s *streamed, c *consuming){
		"stop":  func(_ *streamed, c *consuming) { c.stop() },
		"Close": func(s *streamed, _ *consuming) { go s.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			s := shared(t)
			begun, release := make(chan struct{}), make(chan struct{})
			c := s.consume(func(id.ID) { close(begun); <-release })
			s.wake(1)
			<-begun
			end(s, c)
			close(release)
			if err := c.ends(); name == "stop" && err != nil || name == "Close" && !errors.Is(err, errClosed) {
				t.Errorf("Consume returned %v", err)
			}
			s.empties()
		})
	}
}

// pending leaves entries in the hand of a consumer that is dead.
func (s *streamed) pending(from, n int) {
	s.Helper()
	for i := range n {
		s.wake(from + i)
	}
	s.client.XGroupCreateMkStream(s.Context(), s.stream, group, "0")
	read, err := s.client.XReadGroup(s.Context(), &redis.XReadGroupArgs{Group: group, Consumer: "dead", Streams: []string{s.stream, ">"}}).Result()
	if err != nil || len(read[0].Messages) != n {
		s.Fatal(read, err)
	}
}

func (s *streamed) abandonAfter(d time.Duration) { s.pubsub.(*streams).abandoned = d }

// The limit: what a dead consumer was given is claimed after a minute, and by one of several only.
func TestDeadConsumersEntriesAreTakenOver(t *testing.T) {
	s := shared(t)
	s.abandonAfter(300 * time.Millisecond)
	s.pending(0, 12)
	var all []*consuming
	for range 3 {
		all = append(all, s.consume(nil))
	}
	for i := range 12 {
		eventually(t, fmt.Sprintf("wake-up %d arrives", i), 20*time.Second, func() bool {
			return all[0].has(i)+all[1].has(i)+all[2].has(i) > 0
		})
	}
	s.empties()
	for i := range 12 {
		if n := all[0].has(i) + all[1].has(i) + all[2].has(i); n != 1 {
			t.Errorf("wake-up %d came %d times", i, n)
		}
	}
}

// The limit: a handle longer than MaxIdleTime is claimed by its own consumer, and comes again.
func TestLongHandleIsNotTakenOverByItself(t *testing.T) {
	s := shared(t)
	s.abandonAfter(100 * time.Millisecond)
	begun, release := make(chan struct{}, 10), make(chan struct{})
	c := s.consume(func(id.ID) { begun <- struct{}{}; <-release })
	s.wake(1)
	<-begun
	<-time.After(8 * s.pubsub.(*streams).abandoned) // several looks for abandoned entries
	close(release)
	c.gets(1)
	s.wake(2)
	c.gets(2)
	s.empties()
	if c.has(1) != 1 {
		t.Errorf("a long handle's wake-up came %d times", c.has(1))
	}
}

// The limit: two entries are read ahead of the one that is handled.
func TestBlockedConsumerHoldsOneEntry(t *testing.T) {
	s := shared(t)
	begun, release := make(chan struct{}, 10), make(chan struct{})
	defer close(release)
	s.consume(func(id.ID) { begun <- struct{}{}; <-release })
	for i := range 5 {
		s.wake(i)
	}
	<-begun
	<-time.After(3 * block)
	if pending := s.client.XPending(t.Context(), s.stream, group).Val(); pending.Count != 1 {
		t.Errorf("%d entries are held while one is handled", pending.Count)
	}
}

// The limit: a nacked message is sent again at once, without end.
func TestWhatIsNackedIsLeftToOthers(t *testing.T) {
	s := shared(t)
	s.abandonAfter(200 * time.Millisecond)
	p := s.pubsub.(*streams)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	messages, err := p.Subscribe(ctx, topic)
	if err != nil {
		t.Fatal(err)
	}
	s.wake(1)
	(<-messages).Nack()
	if m, more := <-messages; more {
		t.Errorf("after a nack came %s", m.Payload)
	}
	c := s.consume(nil)
	c.gets(1)
	s.empties()
}

// The limit: removing a consumer drops what it has just been given.
func TestConsumersAreNotForgottenSoon(t *testing.T) {
	c := newConsumer(&streams{abandoned: abandoned}, "stream")
	if timeout := c.config().ConsumerTimeout; timeout < 24*time.Hour {
		t.Errorf("a consumer is removed after %v", timeout)
	}
}
