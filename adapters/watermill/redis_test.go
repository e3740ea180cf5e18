package watermill

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports"
	"github.com/kuvaka-tech/parley/ports/portstest"
)

// journal is a log that a test reads while others write to it.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) count(what string) int { return strings.Count(j.String(), what) }

// streamed is a queue on Redis that a test looks into.
type streamed struct {
	*testing.T
	*Queue
	client *redis.Client
	stream string
	log    *journal
}

func onRedis(t *testing.T, client *redis.Client, name string) *streamed {
	t.Helper()
	log := new(journal)
	q, err := NewRedis(client, name, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Close() })
	return &streamed{t, q, client, name + ":" + topic, log}
}

func shared(t *testing.T) *streamed {
	t.Helper()
	client, name := server(t)
	return onRedis(t, client, name)
}

func TestQueueOnRedis(t *testing.T) {
	portstest.Queue(t, func(t *testing.T) ports.Queue { return shared(t) })
}

func TestQueueOnRedisBetweenProcesses(t *testing.T) {
	portstest.Queue(t, func(t *testing.T) ports.Queue {
		here := shared(t)
		elsewhere, _ := server(t)
		return between{here, onRedis(t, elsewhere, strings.TrimSuffix(here.stream, ":"+topic))}
	})
}

// between is a queue as two processes see it: one wakes, the other consumes.
type between struct{ waker, consumer ports.Queue }

func (b between) Wake(ctx context.Context, reply id.ID) error { return b.waker.Wake(ctx, reply) }

func (b between) Consume(ctx context.Context, handle func(context.Context, id.ID)) error {
	return b.consumer.Consume(ctx, handle)
}

// consuming is a Consume that runs until the test ends or calls stop.
type consuming struct {
	*testing.T
	stop  context.CancelFunc
	ended chan error
	mu    sync.Mutex
	seen  map[id.ID]int
}

func (s *streamed) consume(handle func(reply id.ID)) *consuming {
	s.Helper()
	ctx, cancel := context.WithCancel(s.Context())
	c := &consuming{T: s.T, stop: cancel, ended: make(chan error, 1), seen: map[id.ID]int{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.ended <- s.Consume(ctx, func(_ context.Context, reply id.ID) {
			if handle != nil {
				handle(reply)
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.seen[reply]++
		})
	}()
	s.Cleanup(func() { cancel(); <-done })
	return c
}

func (c *consuming) has(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen[reply(n)]
}

func (c *consuming) gets(n int) {
	c.Helper()
	eventually(c.T, fmt.Sprintf("wake-up %d arrives", n), 10*time.Second, func() bool { return c.has(n) > 0 })
}

func (c *consuming) ends() error {
	c.Helper()
	select {
	case err := <-c.ended:
		return err
	case <-time.After(10 * time.Second):
		c.Fatal("Consume did not end within 10 s")
		return nil
	}
}

func (s *streamed) wake(n int) {
	s.Helper()
	wake(s.T, s.Queue, n)
}

// empties asserts that nothing stays in the stream and nothing pending.
func (s *streamed) empties() {
	s.Helper()
	eventually(s.T, "the stream is empty", 10*time.Second, func() bool {
		pending, err := s.client.XPending(s.Context(), s.stream, group).Result()
		return err == nil && pending.Count == 0 && s.client.XLen(s.Context(), s.stream).Val() == 0
	})
}

// The limit: a group that is gone is never made again, and NOGROUP is logged for ever.
func TestGroupIsMadeAgain(t *testing.T) {
	p := newPrivate(t)
	for name, lose := range map[string]func(s *streamed){
		"FLUSHALL": func(s *streamed) {
			if err := s.client.FlushAll(s.Context()).Err(); err != nil {
				s.Fatal(err)
			}
		},
		"restart": func(*streamed) { p.kill(); p.start() },
		"group destroyed": func(s *streamed) {
			if err := s.client.XGroupDestroy(s.Context(), s.stream, group).Err(); err != nil {
				s.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			p.T = t
			s := onRedis(t, connect(t, &redis.Options{Addr: p.addr}), "test")
			c := s.consume(nil)
			for i := range 3 {
				s.wake(i)
				c.gets(i)
				s.empties() // or else its deletion can meet the next, which may get the same id in a stream that is new
				lose(s)
				s.wake(100 + i) // before the group is there again
				c.gets(100 + i)
			}
			s.empties()
			if warned := s.log.count("level=WARN"); warned > 3 || s.log.count("level=ERROR") > 0 {
				t.Errorf("3 losses made a log of %s", s.log)
			}
		})
	}
}

// The limit: as above when Redis stays away, with a line of the log twice a second.
func TestRedisStaysAway(t *testing.T) {
	p := newPrivate(t)
	s := onRedis(t, connect(t, &redis.Options{Addr: p.addr}), "test")
	c := s.consume(nil)
	s.wake(1)
	c.gets(1)
	p.kill()
	began := time.Now()
	if err := s.Wake(t.Context(), reply(2)); err == nil {
		t.Error("a wake-up went to a Redis that is not there")
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("a wake-up without Redis took %v", took)
	}
	late := s.consume(nil) // begins while Redis is away
	eventually(t, "both have told that Redis is away", 10*time.Second, func() bool { return s.log.count("level=WARN") == 2 })
	select {
	case err := <-c.ended:
		t.Fatalf("the consumer ended with %v", err)
	case <-time.After(3 * again):
	}
	p.start()
	eventually(t, "wake-ups arrive at both", 10*time.Second, func() bool {
		_ = s.Wake(t.Context(), reply(3))
		return c.has(3) > 0 && late.has(3) > 0
	})
	eventually(t, "both have told that Redis is back", 10*time.Second, func() bool { return s.log.count("level=INFO") == 2 })
	if s.log.count("level=WARN") != 2 || s.log.count("level=ERROR") != 0 {
		t.Errorf("the log: %s", s.log)
	}
	p.kill()
	c.stop()
	if err := c.ends(); err != nil {
		t.Errorf("a consumer told to stop while Redis is away ended with %v", err)
	}
}

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

// spy sees the commands that a client sends.
type spy struct {
	redis.Hook
	see func(args []any)
}

func (s spy) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		s.see(cmd.Args())
		return next(ctx, cmd)
	}
}

func (s spy) DialHook(next redis.DialHook) redis.DialHook { return next }

func (s spy) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// The limit: the first read blocks until an entry comes, on and after the consumer's end.
func TestNoReadBlocksForLong(t *testing.T) {
	client, name := server(t)
	var reads, last atomic.Int64
	client.AddHook(spy{see: func(args []any) {
		if args[0] != "xreadgroup" {
			return
		}
		reads.Add(1)
		last.Store(time.Now().UnixNano())
		for i, arg := range args {
			if arg == "block" && args[i+1] == int64(block/time.Millisecond) {
				return
			}
		}
		t.Errorf("sent %v", args)
	}})
	s := onRedis(t, client, name)
	c := s.consume(nil)
	eventually(t, "the consumer reads again and again", 10*time.Second, func() bool { return reads.Load() > 3 })
	c.stop()
	if err := c.ends(); err != nil {
		t.Error(err)
	}
	s.Close()
	eventually(t, "nothing reads any more", 10*time.Second, func() bool { return time.Since(time.Unix(0, last.Load())) > 3*block })
}

// The limit: Close closes the client of the caller.
func TestCloseLeavesTheClientOpen(t *testing.T) {
	s := shared(t)
	c := s.consume(nil)
	s.wake(1)
	c.gets(1)
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.ends(); !errors.Is(err, errClosed) {
		t.Errorf("Consume returned %v", err)
	}
	if err := s.client.Ping(t.Context()).Err(); err != nil {
		t.Errorf("the client after Close: %v", err)
	}
	if err := s.Wake(t.Context(), reply(2)); !errors.Is(err, errClosed) {
		t.Errorf("a closed queue took a wake-up: %v", err)
	}
	if err := s.Consume(t.Context(), func(context.Context, id.ID) { t.Error("handled") }); !errors.Is(err, errClosed) {
		t.Errorf("Consume returned %v", err)
	}
}

// The limit: a subscription whose client is closed would fail for ever.
func TestClosedClientEndsConsume(t *testing.T) {
	s := shared(t)
	c := s.consume(nil)
	s.wake(1)
	c.gets(1)
	gone := connect(t, &redis.Options{Addr: "127.0.0.1:1"})
	gone.Close()
	if err := onRedis(t, gone, "test").consume(nil).ends(); !errors.Is(err, errClosed) {
		t.Errorf("Consume returned %v", err)
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

// The limit: when the group goes between its making and the look for abandoned
// entries, redisstream looks for ever and never reads.
func TestGroupGoesBeforeTheFirstRead(t *testing.T) {
	client, name := server(t)
	other, _ := server(t)
	var once sync.Once
	var lost atomic.Bool
	client.AddHook(spy{see: func(args []any) {
		if args[0] == "xpending" {
			once.Do(func() {
				other.Del(context.Background(), name+":"+topic)
				lost.Store(true)
			})
		}
	}})
	s := onRedis(t, client, name)
	c := s.consume(nil)
	eventually(t, "the group is lost", 10*time.Second, lost.Load)
	s.wake(1)
	c.gets(1)
}

func TestRedisQueueNeedsAClient(t *testing.T) {
	if q, err := NewRedis(nil, "test", slog.New(slog.DiscardHandler)); err == nil {
		t.Error(q)
	}
}
