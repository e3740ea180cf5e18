package redis

import (
	"context"
	"errors"
	"log/slog"
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

// breaker is a goredis.Limiter. Once Redis does not answer, calls fail at once,
// but for one in every pause that tries again.
type breaker struct {
	outage *outage
	mu     sync.Mutex
	away   bool
	until  time.Time
}

func newBreaker(log *slog.Logger) *breaker {
	return &breaker{outage: &outage{log: log, fails: "Redis does not answer", better: "Redis answers again"}}
}

func (b *breaker) Allow() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if b.away && now.Before(b.until) {
		return errAway
	}
	b.until = now.Add(pause)
	return nil
}

func (b *breaker) ReportResult(err error) {
	var reply goredis.Error
	switch {
	case errors.As(err, &reply): // a refusal, but an answer
		err = nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, goredis.ErrClosed), errors.Is(err, goredis.ErrPoolTimeout):
		return // says nothing of Redis
	}
	b.mu.Lock()
	b.away, b.until = err != nil, time.Now().Add(pause)
	b.mu.Unlock()
	b.outage.note(err)
}
