package watermill

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

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
