package watermill

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/ports/portstest"
	"github.com/kuvaka-tech/parley/tests/logtest"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// sharedServer returns a client of the server that all tests share, and a name for
// this test's stream. It deletes the stream after the test.
func sharedServer(t *testing.T) (*redis.Client, string) {
	t.Helper()
	options, err := redis.ParseURL(portstest.Infrastructure(t, "TEST_REDIS_URL"))
	if err != nil {
		t.Fatal("TEST_REDIS_URL is not a Redis URL")
	}
	client, name := connect(t, options), "test:"+rand.Text()
	if err := client.Ping(t.Context()).Err(); err != nil {
		t.Fatalf("connecting to TEST_REDIS_URL: %v", err)
	}
	t.Cleanup(func() { client.Del(context.Background(), name+":"+topic) })
	return client, name
}

func connect(t *testing.T, o *redis.Options) *redis.Client {
	t.Helper()
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = time.Second, time.Second, time.Second
	o.DialerRetries, o.MaxRetries = 1, 1
	client := redis.NewClient(o)
	t.Cleanup(func() { client.Close() })
	return client
}

// streamed is Wakeups on Redis, with access to the stream.
type streamed struct {
	*testing.T
	*Wakeups
	client *redis.Client
	stream string
	log    *logtest.Buffer
}

func newStreamed(t *testing.T, client *redis.Client, name string) *streamed {
	t.Helper()
	log := new(logtest.Buffer)
	w, err := NewRedis(client, name, log.Logger())
	if err != nil {
		t.Fatalf("NewRedis failed: %v", err)
	}
	t.Cleanup(func() { w.Close() })
	return &streamed{T: t, Wakeups: w, client: client, stream: name + ":" + topic, log: log}
}

func onSharedServer(t *testing.T) *streamed {
	t.Helper()
	client, name := sharedServer(t)
	return newStreamed(t, client, name)
}

// consume starts a consumer that stops when the test ends. handle may be nil.
func (s *streamed) consume(handle func(replyID id.ID)) *consumption {
	s.Helper()
	return startConsume(s.T, s.Wakeups, handle)
}

func (s *streamed) wake(n int) {
	s.Helper()
	wake(s.T, s.Wakeups, n)
}

// waitUntilEmpty waits until the stream has no entries and none is pending.
func (s *streamed) waitUntilEmpty() {
	s.Helper()
	rig.Eventually(s.T, patience, "the stream is empty", func() bool {
		pending, err := s.client.XPending(s.Context(), s.stream, group).Result()
		return err == nil && pending.Count == 0 && s.length() == 0
	})
}

func (s *streamed) length() int64 { return s.client.XLen(s.Context(), s.stream).Val() }

// spy is a redis.Hook that sees the commands of a client.
type spy struct {
	redis.Hook
	see func(args []any)
}

// ProcessHook implements redis.Hook.
func (s spy) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		s.see(cmd.Args())
		return next(ctx, cmd)
	}
}

// DialHook implements redis.Hook.
func (s spy) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessPipelineHook implements redis.Hook.
func (s spy) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}
