package redis

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"testing"
	"testing/synctest"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/tests/logtest"
)

// replyError is an error reply of Redis.
type replyError string

func (e replyError) Error() string { return string(e) }

// RedisError marks an error reply for go-redis.
func (replyError) RedisError() {}

func TestBreakerOpensAndCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := new(logtest.Buffer)
		b := newBreaker(log.Logger())
		for _, err := range []error{
			nil,
			replyError("WRONGTYPE Operation"),
			fmt.Errorf("wrapped: %w", replyError("NOSCRIPT No")),
			goredis.Nil,
			goredis.ErrPoolTimeout,
			goredis.ErrClosed,
		} {
			b.record(err)
			if n := allowed(b); n != 100 {
				t.Errorf("after %v %d of 100 calls are allowed, want all", err, n)
			}
		}
		for _, err := range []error{
			io.EOF,
			replyError("LOADING Redis is loading"),
			replyError("READONLY You can't write"),
			replyError("NOAUTH Authentication required."),
			replyError("WRONGPASS invalid"),
			os.ErrDeadlineExceeded,
			context.DeadlineExceeded,
		} {
			b.record(err)
			if n := allowed(b); n != 0 {
				t.Errorf("immediately after %v %d of 100 calls are allowed, want 0", err, n)
			}
			time.Sleep(retryInterval)
			if n := allowed(b); n != 1 {
				t.Errorf("%v after %v %d of 100 calls are allowed, want 1 probe", retryInterval, err, n)
			}
		}
		b.record(goredis.ErrClosed)
		if n := allowed(b); n != 0 {
			t.Errorf("an error of a closed client closed the breaker: %d calls are allowed", n)
		}
		b.record(goredis.Nil)
		if n := allowed(b); n != 100 {
			t.Errorf("after a successful probe %d of 100 calls are allowed, want all", n)
		}
		if log.Count("level=WARN") != 1 || log.Count("level=INFO") != 1 {
			t.Errorf("log = %s, want the begin and the end of one outage", log)
		}
	})
}

// allowed returns how many of 100 calls the breaker allows.
func allowed(b *breaker) (n int) {
	for range 100 {
		if b.allow() {
			n++
		}
	}
	return n
}

func TestForbiddenCommandIsLoggedAndKeepsTheBreakerClosed(t *testing.T) {
	log := new(logtest.Buffer)
	b := newBreaker(log.Logger())
	b.record(replyError("NOPERM User u has no permissions to run the 'xadd' command"))
	if b.open {
		t.Error("a forbidden command opened the breaker")
	}
	if log.Count("level=WARN") != 1 || log.Count("xadd") != 1 {
		t.Errorf("log = %s, want one warning with the command", log)
	}
}

func TestAuthErrorCode(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{replyError("NOAUTH Authentication required."), "NOAUTH"},
		{fmt.Errorf("dialling: %w", replyError("WRONGPASS invalid")), "WRONGPASS"},
		{replyError("NOPERM no"), "NOPERM"},
		{replyError("ERR unknown"), ""},
		{errors.New("NOAUTH"), ""},
		{goredis.Nil, ""},
		{nil, ""},
	} {
		if got := AuthErrorCode(c.err); got != c.want {
			t.Errorf("AuthErrorCode(%v) = %q, want %q", c.err, got, c.want)
		}
	}
}

func TestBreakerGuardsCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, calls := newBreaker(slog.New(slog.DiscardHandler)), 0
		guard := func(ctx context.Context, result error) error {
			cmds := []goredis.Cmder{goredis.NewCmd(ctx), goredis.NewCmd(ctx)}
			err := b.guard(ctx, cmds, func(context.Context) error { calls++; return result })
			for i, cmd := range cmds {
				if errors.Is(err, errBreakerOpen) && !errors.Is(cmd.Err(), errBreakerOpen) {
					t.Errorf("rejected command %d has the error %v, want errBreakerOpen", i, cmd.Err())
				}
			}
			return err
		}
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		_ = guard(cancelled, io.EOF)
		if !b.allow() {
			t.Error("a cancelled call opened the breaker")
		}
		if err := guard(t.Context(), io.EOF); !errors.Is(err, io.EOF) {
			t.Errorf("guard returned %v, want the call's io.EOF", err)
		}
		if err := guard(t.Context(), nil); !errors.Is(err, errBreakerOpen) || calls != 2 {
			t.Errorf("guard returned %v after %d calls, want errBreakerOpen and no third call", err, calls)
		}
		time.Sleep(retryInterval)
		err := b.guard(t.Context(), nil, func(ctx context.Context) error {
			handshake := func(context.Context) error { calls++; return nil }
			return b.guard(ctx, nil, handshake)
		})
		if err != nil || calls != 3 {
			t.Errorf("the probe's handshake: %v after %d calls, want it allowed as the third call", err, calls)
		}
		if err := guard(t.Context(), nil); err != nil {
			t.Errorf("a call after a successful probe: %v", err)
		}
	})
}

func TestOutagesAreLoggedOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := new(logtest.Buffer)
		o := &outageLog{log: log.Logger(), down: "down", up: "up"}
		o.record(nil)
		for range 10 * 60 {
			o.record(errors.New("reason"))
			o.record(nil)
			time.Sleep(time.Second)
		}
		for range 10 * 60 {
			o.record(errors.New("reason"))
			time.Sleep(time.Second)
		}
		if n := log.Count("msg=down err=reason"); n != 11 {
			t.Errorf("the begin of an outage was logged %d times, want 10 in 10 minutes of flapping and 1 after", n)
		}
		if n := log.Count("msg=up"); n != 10 {
			t.Errorf("the end of an outage was logged %d times, want 10", n)
		}
	})
}
