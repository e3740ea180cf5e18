package redis

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"testing/synctest"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// reply is an error that Redis answers.
type reply string

func (r reply) Error() string { return string(r) }
func (reply) RedisError()     {}

func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := new(journal)
		b := newBreaker(log.log())
		asked := func() (n int) {
			for range 100 {
				if b.pass() {
					n++
				}
			}
			return n
		}
		for _, err := range []error{nil, reply("WRONGTYPE Operation"), fmt.Errorf("wrapped: %w", reply("NOSCRIPT No")), goredis.Nil, goredis.ErrPoolTimeout, goredis.ErrClosed} {
			if b.note(err); asked() != 100 {
				t.Errorf("%v counts as an outage", err)
			}
		}
		for _, err := range []error{io.EOF, reply("LOADING Redis is loading"), reply("READONLY You can't write"), reply("NOAUTH Authentication required."), reply("WRONGPASS invalid"), os.ErrDeadlineExceeded, context.DeadlineExceeded} {
			b.note(err)
			if n := asked(); n != 0 {
				t.Errorf("%d calls just after a failure", n)
			}
			time.Sleep(pause)
			if n := asked(); n != 1 {
				t.Errorf("%d calls try again, want 1", n)
			}
		}
		b.note(goredis.ErrClosed)
		if asked() != 0 {
			t.Error("a client that was closed ended the outage")
		}
		b.note(goredis.Nil)
		if asked() != 100 || log.count("level=WARN") != 1 || log.count("level=INFO") != 1 {
			t.Errorf("the outage is over, and the log says %s", log.text.String())
		}
	})
}

// A command that is not permitted is told of, and keeps no other from Redis.
func TestWhatIsNotPermittedIsTold(t *testing.T) {
	log := new(journal)
	b := newBreaker(log.log())
	b.note(reply("NOPERM User u has no permissions to run the 'xadd' command"))
	if b.away || log.count("level=WARN") != 1 || log.count("xadd") != 1 {
		t.Errorf("the log says %s", log.text.String())
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{reply("NOAUTH Authentication required."), "NOAUTH"}, {fmt.Errorf("dialling: %w", reply("WRONGPASS invalid")), "WRONGPASS"}, {reply("NOPERM no"), "NOPERM"},
		{reply("ERR unknown"), ""}, {errors.New("NOAUTH"), ""}, {goredis.Nil, ""}, {nil, ""},
	} {
		if got := Refused(c.err); got != c.want {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
}

func TestBreakerGuards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, calls := newBreaker(new(journal).log()), 0
		call := func(ctx context.Context, fails error) error {
			cmds := []goredis.Cmder{goredis.NewCmd(ctx), goredis.NewCmd(ctx)}
			err := b.guard(ctx, cmds, func(context.Context) error { calls++; return fails })
			if errors.Is(err, errAway) && (!errors.Is(cmds[0].Err(), errAway) || !errors.Is(cmds[1].Err(), errAway)) {
				t.Errorf("commands that were not sent say %v and %v", cmds[0].Err(), cmds[1].Err())
			}
			return err
		}
		left, leave := context.WithCancel(t.Context())
		leave()
		if call(left, io.EOF); !b.pass() {
			t.Error("a caller who left began an outage")
		}
		if err := call(t.Context(), io.EOF); !errors.Is(err, io.EOF) {
			t.Errorf("a call that failed with EOF failed with %v", err)
		}
		if err := call(t.Context(), nil); !errors.Is(err, errAway) || calls != 2 {
			t.Errorf("during an outage the %d. call was made and gave %v", calls, err)
		}
		time.Sleep(pause)
		err := b.guard(t.Context(), nil, func(ctx context.Context) error {
			return b.guard(ctx, nil, func(context.Context) error { calls++; return nil }) // a greeting
		})
		if err != nil || calls != 3 || call(t.Context(), nil) != nil {
			t.Errorf("the call that tries again: %v", err)
		}
	})
}

func TestOutageIsToldOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := new(journal)
		o := &outage{log: log.log(), fails: "away", better: "back"}
		o.note(nil)
		for range 10 * 60 {
			o.note(errors.New("why"))
			o.note(nil)
			time.Sleep(time.Second)
		}
		for range 10 * 60 {
			o.note(errors.New("why"))
			time.Sleep(time.Second)
		}
		if away, back := log.count("msg=away"), log.count("msg=back"); away != 11 || back != 10 || log.count("err=why") != 11 {
			t.Errorf("told %d times that it is away and %d times that it is back", away, back)
		}
	})
}
