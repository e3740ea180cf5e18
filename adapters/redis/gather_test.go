package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"

	goredis "github.com/redis/go-redis/v9"
)

// echo is a goredis.Hook in place of a server: HMGET answers with its key, DEL fails with its key.
type echo struct {
	mu    sync.Mutex
	trips []int // their commands
	gate  chan struct{}
}

func (e *echo) DialHook(next goredis.DialHook) goredis.DialHook { return next }

func (e *echo) ProcessHook(goredis.ProcessHook) goredis.ProcessHook {
	return func(_ context.Context, cmd goredis.Cmder) error { return e.answer(cmd) }
}

func (e *echo) ProcessPipelineHook(goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(_ context.Context, cmds []goredis.Cmder) error { return e.answer(cmds...) }
}

func (e *echo) answer(cmds ...goredis.Cmder) (first error) {
	e.mu.Lock()
	e.trips = append(e.trips, len(cmds))
	e.mu.Unlock()
	if gathered[cmds[0].Name()] {
		<-e.gate
	}
	for _, cmd := range cmds {
		switch cmd := cmd.(type) {
		case *goredis.SliceCmd:
			cmd.SetVal(cmd.Args()[1:2])
		case *goredis.IntCmd:
			cmd.SetErr(reply(cmd.Args()[1].(string)))
		}
		if first == nil {
			first = cmd.Err()
		}
	}
	return first
}

// gathering returns a client of an echo that waits for the gate.
func gathering(t *testing.T) (*goredis.Client, *echo) {
	client, e := hasty(new(goredis.Options), slog.New(slog.DiscardHandler)), &echo{gate: make(chan struct{})}
	t.Cleanup(func() { client.Close() })
	client.AddHook(e)
	return client, e
}

func TestCommandsGoTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, e := gathering(t)
		call := func(n int) {
			key := fmt.Sprint("key ", n)
			if got, err := client.HMGet(t.Context(), key, "a").Result(); err != nil || len(got) != 1 || got[0] != key {
				t.Errorf("%s was answered with %v, %v", key, got, err)
			}
			if err := client.Del(t.Context(), key).Err(); !errors.Is(err, reply(key)) {
				t.Errorf("%s failed with %v", key, err)
			}
		}
		go call(0)
		synctest.Wait()
		for n := range 100 {
			go call(n + 1)
		}
		synctest.Wait()
		close(e.gate)
		synctest.Wait()
		sent := 0
		for _, n := range e.trips {
			sent += n
		}
		if sent != 202 || !reflect.DeepEqual(e.trips[:1], []int{1}) || e.trips[1] < 100 {
			t.Errorf("one caller, and then a hundred while its command was under way, took trips of %v", e.trips)
		}
	})
}

// A connection's greetings, and what blocks on the server, wait for nobody.
func TestOtherCommandsGoAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, e := gathering(t)
		go client.HMGet(t.Context(), "a", "b")
		synctest.Wait()
		for _, err := range []error{client.Ping(t.Context()).Err(), client.XReadGroup(t.Context(), &goredis.XReadGroupArgs{Streams: []string{"a", ">"}}).Err()} {
			if err != nil {
				t.Error(err)
			}
		}
		close(e.gate)
	})
}
