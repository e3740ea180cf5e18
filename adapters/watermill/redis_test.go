package watermill

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
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

func TestRedisQueueNeedsAClient(t *testing.T) {
	if q, err := NewRedis(nil, "test", slog.New(slog.DiscardHandler)); err == nil {
		t.Error(q)
	}
}
