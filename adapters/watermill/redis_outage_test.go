//go:build linux

package watermill

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/ports/portstest"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// ownServer starts a Redis server that only this test uses, so the test may stop it.
func ownServer(t *testing.T) *rig.Redis {
	t.Helper()
	portstest.Infrastructure(t, "TEST_REDIS_URL") // skips the test on machines without Redis
	return rig.NewRedis(t)
}

func onServer(t *testing.T, server *rig.Redis) *streamed {
	t.Helper()
	return newStreamed(t, connect(t, &redis.Options{Addr: rig.Loopback(server.Port)}), "test")
}

// redisstream never creates a lost group again, and logs NOGROUP forever.
func TestLostGroupIsCreatedAgain(t *testing.T) {
	for name, lose := range map[string]func(s *streamed, server *rig.Redis){
		"FLUSHALL": func(_ *streamed, server *rig.Redis) { server.Flush() },
		"restart":  func(_ *streamed, server *rig.Redis) { server.Kill(); server.Start() },
		"group destroyed": func(s *streamed, _ *rig.Redis) {
			if err := s.client.XGroupDestroy(s.Context(), s.stream, group).Err(); err != nil {
				s.Fatalf("destroying the group: %v", err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) { lostGroup(t, lose) })
	}
}

func lostGroup(t *testing.T, lose func(s *streamed, server *rig.Redis)) {
	server := ownServer(t)
	s := onServer(t, server)
	c := s.consume(nil)
	for i := range 3 {
		s.wake(i)
		c.waitFor(i)
		// Else the deletion of this entry may hit the next one: in a new stream, it can have the same id.
		s.waitUntilEmpty()
		lose(s, server)
		s.wake(100 + i) // before the group exists again
		c.waitFor(100 + i)
	}
	s.waitUntilEmpty()
	if s.log.Count("level=WARN") > 3 || s.log.Count("level=ERROR") > 0 {
		t.Errorf("log after 3 losses = %s, want at most a warning for each", s.log)
	}
}

// redisstream would log an error twice a second.
func TestLongOutage(t *testing.T) {
	server := ownServer(t)
	s := onServer(t, server)
	c := s.consume(nil)
	s.wake(1)
	c.waitFor(1)
	server.Kill()
	began := time.Now()
	if err := s.Wake(t.Context(), replyID(2)); err == nil {
		t.Error("Wake during an outage succeeded")
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("Wake during an outage took %v, want at most 5 s", took)
	}
	late := s.consume(nil) // starts during the outage
	rig.Eventually(t, patience, "both consumers have logged the outage", func() bool {
		return s.log.Count("level=WARN") == 2
	})
	select {
	case err := <-c.ended:
		t.Fatalf("Consume returned %v during an outage, want it to go on", err)
	case <-time.After(3 * resubscribeDelay):
	}
	server.Start()
	rig.Eventually(t, patience, "both consumers handle wake-ups", func() bool {
		_ = s.Wake(t.Context(), replyID(3))
		return c.count(3) > 0 && late.count(3) > 0
	})
	rig.Eventually(t, patience, "both consumers have logged the end", func() bool {
		return s.log.Count("level=INFO") == 2
	})
	if s.log.Count("level=WARN") != 2 || s.log.Count("level=ERROR") != 0 {
		t.Errorf("log = %s, want one warning of each consumer", s.log)
	}
	server.Kill()
	c.stop()
	if err := c.result(); err != nil {
		t.Errorf("Consume whose context ended during an outage returned %v, want nil", err)
	}
}
