// Package redis is what many processes share on one Redis: their limits, what
// happens in rooms, and a cache of the lists of rooms. Nothing here is the
// record of anything; all of it may be lost at any time. Keys begin with the
// name of the installation, so that several can share a server, and expire by
// themselves. A script's keys lie together, as on one server they do.
package redis

import (
	"context"
	"errors"
	"log/slog"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// patience is how long Redis has for an answer. It gives most within 1 ms.
const patience = time.Second

var errURL = errors.New("the URL is not of the form redis[s]://[[user]:password@]host[:port][/database]")

// Open returns a client that does not wait long for a Redis that is away, nor,
// once it is known to be, at all. It connects to nothing yet. The URL is in no error.
func Open(url string, log *slog.Logger) (*goredis.Client, error) {
	o, err := goredis.ParseURL(url)
	if err != nil {
		return nil, errURL // ParseURL's error prints the password
	}
	return hasty(o, log), nil
}

func hasty(o *goredis.Options, log *slog.Logger) *goredis.Client {
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = patience, patience, patience
	o.DialerRetries, o.MaxRetries = 1, 1
	o.MaxRetryBackoff = 50 * time.Millisecond
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	goredis.SetLogger(quiet{log})
	client := goredis.NewClient(o)
	client.AddHook(&gatherer{client: client})
	client.AddHook(newBreaker(log))
	return client
}

// quiet takes what go-redis would print past slog. Errors it returns as well.
type quiet struct{ log *slog.Logger }

func (q quiet) Printf(ctx context.Context, format string, _ ...any) {
	q.log.DebugContext(ctx, "go-redis: "+format)
}
