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
		for _, err := range []error{nil, reply("WRONGTYPE Operation"), fmt.Errorf("wrapped: %w", reply("NOSCRIPT No")), goredis.Nil, context.Canceled, context.DeadlineExceeded, goredis.ErrPoolTimeout, goredis.ErrClosed} {
			if b.note(err); asked() != 100 {
				t.Errorf("%v counts as an outage", err)
			}
		}
		for _, err := range []error{io.EOF, reply("LOADING Redis is loading"), reply("READONLY You can't write"), os.ErrDeadlineExceeded} {
			b.note(err)
			if n := asked(); n != 0 {
				t.Errorf("%d calls just after a failure", n)
			}
			time.Sleep(pause)
			if n := asked(); n != 1 {
				t.Errorf("%d calls try again, want 1", n)
			}
		}
		b.note(context.Canceled)
		if asked() != 0 {
			t.Error("a caller who hung up ended the outage")
		}
		b.note(goredis.Nil)
		if asked() != 100 || log.count("level=WARN") != 1 || log.count("level=INFO") != 1 {
			t.Errorf("the outage is over, and the log says %s", log.text.String())
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
