package watermill

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/core/id"
)

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
