// Package redis shares state between processes through one Redis: rate limits, live logs,
// cancel signals and announcements of changed rooms. The database is the record, so Redis may
// lose all of its data at any time.
//
// All keys expire. They start with a prefix, so that several installations can share a
// server. Scripts use several keys, so Redis Cluster is not supported.
package redis

import (
	"context"
	"errors"
	"log/slog"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// timeout limits each dial, each read and each write. Redis usually answers within 1 ms.
const timeout = time.Second

var errURL = errors.New("the URL is not of the form redis[s]://[[user]:password@]host[:port][/database]")

// Open returns a client that fails fast: a circuit breaker rejects calls
// immediately while Redis is unavailable. Open does not connect. It fails when the
// URL is invalid. The error does not contain the URL.
func Open(rawURL string, log *slog.Logger) (*goredis.Client, error) {
	o, err := goredis.ParseURL(rawURL)
	if err != nil {
		return nil, errURL // the error of ParseURL contains the password
	}
	return newClient(o, log), nil
}

func newClient(o *goredis.Options, log *slog.Logger) *goredis.Client {
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = timeout, timeout, timeout
	o.DialerRetries, o.MaxRetries = 1, 1
	o.MaxRetryBackoff = 50 * time.Millisecond
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	goredis.SetLogger(debugLogger{log})
	client := goredis.NewClient(o)
	client.AddHook(newPipeliner(client))
	client.AddHook(newBreaker(log))
	return client
}

// debugLogger writes the log lines of go-redis at slog's debug level, without their
// arguments. It hides no errors: go-redis also returns the errors that it logs.
type debugLogger struct{ log *slog.Logger }

// Printf implements the logger of go-redis.
func (l debugLogger) Printf(ctx context.Context, format string, _ ...any) {
	l.log.DebugContext(ctx, "go-redis: "+format)
}
