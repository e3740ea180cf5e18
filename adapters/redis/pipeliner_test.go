package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"testing/synctest"

	goredis "github.com/redis/go-redis/v9"
)

// fakeServer is a goredis.Hook that answers instead of a server: XADD returns its
// key, and EVALSHA fails with its key. It holds back its answers to commands that may
// be pipelined until gate is closed.
type fakeServer struct {
	gate chan struct{}

	mu        sync.Mutex
	pipelines []int // the number of commands in each
}

// newFakeServer returns a client of a fake server.
func newFakeServer(t *testing.T) (*goredis.Client, *fakeServer) {
	client := newClient(new(goredis.Options), slog.New(slog.DiscardHandler))
	t.Cleanup(func() { client.Close() })
	f := &fakeServer{gate: make(chan struct{})}
	client.AddHook(f)
	return client, f
}

// DialHook implements goredis.Hook.
func (f *fakeServer) DialHook(next goredis.DialHook) goredis.DialHook { return next }

// ProcessHook implements goredis.Hook.
func (f *fakeServer) ProcessHook(goredis.ProcessHook) goredis.ProcessHook {
	return func(_ context.Context, cmd goredis.Cmder) error { return f.answer(cmd) }
}

// ProcessPipelineHook implements goredis.Hook.
func (f *fakeServer) ProcessPipelineHook(goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(_ context.Context, cmds []goredis.Cmder) error { return f.answer(cmds...) }
}

// answer returns the first command's error, as go-redis does.
func (f *fakeServer) answer(cmds ...goredis.Cmder) (first error) {
	f.mu.Lock()
	f.pipelines = append(f.pipelines, len(cmds))
	f.mu.Unlock()
	if pipelined[cmds[0].Name()] {
		<-f.gate
	}
	for _, cmd := range cmds {
		switch cmd := cmd.(type) {
		case *goredis.StringCmd:
			cmd.SetVal(cmd.Args()[1].(string))
		case *goredis.Cmd:
			cmd.SetErr(replyError(cmd.Args()[3].(string)))
		}
		if first == nil {
			first = cmd.Err()
		}
	}
	return first
}

// entryOf returns the arguments of an XADD.
func entryOf(key string) *goredis.XAddArgs {
	return &goredis.XAddArgs{Stream: key, Values: []string{"a", "b"}}
}

func TestConcurrentCommandsShareAPipeline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := newFakeServer(t)
		call := func(n int) {
			key := fmt.Sprint("key ", n)
			if got, err := client.XAdd(t.Context(), entryOf(key)).Result(); err != nil || got != key {
				t.Errorf("XADD %s = %q, %v, want its own key", key, got, err)
			}
			if err := client.EvalSha(t.Context(), "script", []string{key}).Err(); !errors.Is(err, replyError(key)) {
				t.Errorf("EVALSHA %s failed with %v, want its own key", key, err)
			}
		}
		go call(0)
		synctest.Wait()
		for n := range 100 {
			go call(n + 1)
		}
		synctest.Wait()
		close(server.gate)
		synctest.Wait()
		sent := 0
		for _, n := range server.pipelines {
			sent += n
		}
		if sent != 2*101 {
			t.Errorf("the server received %d commands, want 2 from each of 101 callers", sent)
		}
		if server.pipelines[0] != 1 || server.pipelines[1] < 100 {
			t.Errorf("pipelines of %v commands, want 1 and then those of the 100 callers that waited", server.pipelines)
		}
	})
}

// Handshakes and commands that block on the server must not wait for a pipeline.
func TestOtherCommandsAreNotPipelined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := newFakeServer(t)
		go client.XAdd(t.Context(), entryOf("a"))
		synctest.Wait()
		if err := client.Ping(t.Context()).Err(); err != nil {
			t.Errorf("PING during a pipeline: %v", err)
		}
		read := &goredis.XReadGroupArgs{Streams: []string{"a", ">"}}
		if err := client.XReadGroup(t.Context(), read).Err(); err != nil {
			t.Errorf("XREADGROUP during a pipeline: %v", err)
		}
		close(server.gate)
	})
}

// BenchmarkCommands compares commands in shared pipelines with commands in a
// packet each.
func BenchmarkCommands(b *testing.B) {
	options, err := goredis.ParseURL(os.Getenv("TEST_REDIS_URL"))
	if err != nil {
		b.Skip("NOT RUN: TEST_REDIS_URL is not set, or not a Redis URL")
	}
	pipelining := newClient(options, slog.New(slog.DiscardHandler))
	defer pipelining.Close()
	plain := goredis.NewClient(options)
	defer plain.Close()
	script := goredis.NewScript("return 1")
	for _, callers := range []int{1, 8, 64} {
		for name, client := range map[string]*goredis.Client{"pipelined": pipelining, "single": plain} {
			b.Run(fmt.Sprintf("%s/%d callers", name, callers), func(b *testing.B) {
				concurrently(b, callers, func() error { return script.Run(b.Context(), client, nil).Err() })
			})
		}
	}
}

// concurrently runs call b.N times in a number of goroutines.
func concurrently(b *testing.B, callers int, call func() error) {
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() {
			for range (b.N + caller) / callers {
				if err := call(); err != nil {
					b.Errorf("a command failed: %v", err)
				}
			}
		})
	}
	all.Wait()
}
