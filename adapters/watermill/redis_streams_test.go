package watermill

import (
	"context"
	"errors"
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
	"github.com/kuvaka-tech/parley/tests/rig"
)

func TestWakeupsOnRedis(t *testing.T) {
	portstest.Wakeups(t, func(t *testing.T) ports.Wakeups { return onSharedServer(t) })
}

func TestWakeupsBetweenProcesses(t *testing.T) {
	portstest.Wakeups(t, func(t *testing.T) ports.Wakeups {
		waker := onSharedServer(t)
		client, _ := sharedServer(t)
		return twoProcesses{waker, newStreamed(t, client, strings.TrimSuffix(waker.stream, ":"+topic))}
	})
}

// twoProcesses is a pair of processes: one wakes, the other consumes.
type twoProcesses struct{ waker, consumer ports.Wakeups }

func (p twoProcesses) Wake(ctx context.Context, replyID id.ID) error {
	return p.waker.Wake(ctx, replyID)
}

func (p twoProcesses) Consume(ctx context.Context, handle func(context.Context, id.ID)) error {
	return p.consumer.Consume(ctx, handle)
}

func TestNewRedisNeedsAClient(t *testing.T) {
	if w, err := NewRedis(nil, "test", slog.New(slog.DiscardHandler)); err == nil {
		t.Errorf("NewRedis without a client = %v, want an error", w)
	}
}

// redisstream's default: the first read blocks until an entry arrives, even after
// the consumer has stopped.
func TestReadsDoNotBlockForLong(t *testing.T) {
	client, name := sharedServer(t)
	var reads, lastRead atomic.Int64
	client.AddHook(spy{see: func(args []any) {
		if args[0] != "xreadgroup" {
			return
		}
		reads.Add(1)
		lastRead.Store(time.Now().UnixNano())
		for i, arg := range args {
			if arg == "block" && args[i+1] == int64(blockTime/time.Millisecond) {
				return
			}
		}
		t.Errorf("read with %v, want it to block for %v", args, blockTime)
	}})
	s := newStreamed(t, client, name)
	c := s.consume(nil)
	rig.Eventually(t, patience, "the consumer reads repeatedly", func() bool { return reads.Load() > 3 })
	c.stop()
	if err := c.result(); err != nil {
		t.Errorf("Consume returned %v after its context ended, want nil", err)
	}
	s.Close()
	rig.Eventually(t, patience, "reading has stopped", func() bool {
		return time.Since(time.Unix(0, lastRead.Load())) > 3*blockTime
	})
}

// redisstream's Close closes the caller's client.
func TestCloseDoesNotCloseTheClient(t *testing.T) {
	s := onSharedServer(t)
	c := s.consume(nil)
	s.wake(1)
	c.waitFor(1)
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatalf("Close failed: %v", err)
		}
	}
	if err := c.result(); !errors.Is(err, errClosed) {
		t.Errorf("Consume returned %v after Close, want errClosed", err)
	}
	if err := s.client.Ping(t.Context()).Err(); err != nil {
		t.Errorf("the client after Close: %v", err)
	}
	if err := s.Wake(t.Context(), replyID(2)); !errors.Is(err, errClosed) {
		t.Errorf("Wake after Close returned %v, want errClosed", err)
	}
	handle := func(context.Context, id.ID) { t.Error("a wake-up was handled after Close") }
	if err := s.Consume(t.Context(), handle); !errors.Is(err, errClosed) {
		t.Errorf("Consume after Close returned %v, want errClosed", err)
	}
}

// A subscription of a closed client would fail forever.
func TestClosedClientEndsConsume(t *testing.T) {
	client := connect(t, &redis.Options{Addr: "127.0.0.1:1"})
	client.Close()
	if err := newStreamed(t, client, "test").consume(nil).result(); !errors.Is(err, errClosed) {
		t.Errorf("Consume with a closed client returned %v, want errClosed", err)
	}
}

// If the group is lost after it is created and before redisstream looks for
// pending entries, redisstream repeats the look forever and never reads.
func TestGroupIsLostBeforeTheFirstRead(t *testing.T) {
	client, name := sharedServer(t)
	other, _ := sharedServer(t)
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
	s := newStreamed(t, client, name)
	c := s.consume(nil)
	rig.Eventually(t, patience, "the group is lost", lost.Load)
	s.wake(1)
	c.waitFor(1)
}
