package redis

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// tellEvery keeps a Redis that fails every other call from filling the log.
const tellEvery = time.Minute

// outage tells the log once that something fails and once that it works again.
type outage struct {
	log           *slog.Logger
	fails, better string // what to tell

	mu   sync.Mutex
	told bool
	at   time.Time // when it was last told
}

// note takes in how a call went: err is nil when it went well.
func (o *outage) note(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch now := time.Now(); {
	case err == nil && o.told:
		o.told = false
		o.log.Info(o.better)
	case err != nil && !o.told && now.Sub(o.at) >= tellEvery:
		o.told, o.at = true, now
		o.log.Warn(o.fails, "err", err)
	}
}

// pause is how long a Redis that did not answer is left alone.
const pause = time.Second

var errAway = errors.New("redis did not answer a moment ago")

// breaker is a goredis.Hook. Once Redis does not answer, calls fail at once, but
// for one in every pause that tries again. Options.Limiter, which go-redis has
// for this, is asked about the greetings of a new connection too: the call that
// tries again would be let through and never get one.
type breaker struct {
	outage *outage
	mu     sync.Mutex
	away   bool
	until  time.Time
}

func newBreaker(log *slog.Logger) *breaker {
	return &breaker{outage: &outage{log: log, fails: "Redis cannot be used", better: "Redis can be used again"}}
}

func (b *breaker) DialHook(next goredis.DialHook) goredis.DialHook { return next }

func (b *breaker) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		return b.guard(ctx, []goredis.Cmder{cmd}, func(ctx context.Context) error { return next(ctx, cmd) })
	}
}

func (b *breaker) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		return b.guard(ctx, cmds, func(ctx context.Context) error { return next(ctx, cmds) })
	}
}

// passed marks the context of a call that was let through, and with it the greetings of the connection it makes.
type passed struct{}

func (b *breaker) guard(ctx context.Context, cmds []goredis.Cmder, call func(ctx context.Context) error) error {
	if ctx.Value(passed{}) != nil {
		return call(ctx)
	}
	if !b.pass() {
		for _, cmd := range cmds {
			cmd.SetErr(errAway)
		}
		return errAway
	}
	err := call(context.WithValue(ctx, passed{}, true))
	if ctx.Err() == nil { // a caller who left says nothing of Redis
		b.note(err)
	}
	return err
}

// pass says whether to ask Redis now.
func (b *breaker) pass() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.away {
		return true
	}
	now := time.Now()
	if now.Before(b.until) {
		return false
	}
	b.until = now.Add(pause)
	return true
}

// note takes in how a call went.
func (b *breaker) note(err error) {
	if errors.Is(err, goredis.ErrClosed) || errors.Is(err, goredis.ErrPoolTimeout) {
		return // nor does this process's own fault
	}
	away := !answered(err)
	b.mu.Lock()
	b.away, b.until = away, time.Now().Add(pause)
	b.mu.Unlock()
	if !away && Refused(err) == "" {
		err = nil
	}
	b.outage.note(err)
}

// answered says that Redis gave an answer, if a refusal, other than that it serves nobody, or us not.
func answered(err error) bool {
	switch kind(err) {
	case "LOADING", "READONLY", "MASTERDOWN", "NOAUTH", "WRONGPASS":
		return false
	case "":
		return err == nil
	}
	return true
}

// kind is what an error that Redis answers begins with, "" where it answers none
// (redis.io/docs/latest/develop/reference/protocol-spec, "Simple errors").
func kind(err error) string {
	var reply goredis.Error
	if !errors.As(err, &reply) {
		return ""
	}
	kind, _, _ := strings.Cut(reply.Error(), " ")
	return kind
}

// Refused is how Redis refuses the login or what it may do: NOAUTH, WRONGPASS or
// NOPERM; "" for any other error. The rest of such an error can hold the user's name.
func Refused(err error) string {
	switch k := kind(err); k {
	case "NOAUTH", "WRONGPASS", "NOPERM":
		return k
	}
	return ""
}
