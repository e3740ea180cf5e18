// Package sessioncache caches which sessions are alive, because each request checks its session.
//
// The cache learns of the sessions that other processes have ended from the store, which it asks
// for all of them about every 300 ms while there are requests. So a process needs a few queries a
// second for any number of sessions, and no connection between the processes.
package sessioncache

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	// askEvery is the time after which a check makes the cache ask for the ended sessions again, in
	// the background.
	askEvery = 300 * time.Millisecond
	// maxUnasked is the time after which a check waits for the answer. An event stream checks its
	// session every 300 ms. So the stream ends within 900 ms, and the limit is a second.
	maxUnasked = 600 * time.Millisecond
	// maxAge is how long a session counts as alive without another read. During a deploy, a process
	// of the previous version does not record the sessions that it ends.
	maxAge = time.Minute
	// maxSessions limits the size of the cache to about 20 MB. It is several times the number of
	// streams of one process, each of which may have its own session.
	maxSessions = 50_000
)

// Cache is a ports.Sessions over another one.
type Cache struct {
	ports.Sessions
	uses *uses

	start time.Time
	alive *otter.Cache[id.ID, *entry]
	asked atomic.Int64 // when the last successful question began, in nanoseconds after start

	mu      sync.Mutex
	ends    int       // how often sessions have left the cache because they have ended
	asking  *question // nil while no question is asked
	running sync.WaitGroup
}

// entry is a session that was alive when it was read. Its fields do not change.
type entry struct {
	session.Session
	read time.Duration // when it was read, after Cache.start
	use  *atomic.Int64 // the last recorded use, in nanoseconds after Cache.start
}

// Config is what a Cache needs.
type Config struct {
	Sessions ports.Sessions
	TTL      time.Duration // how long a session lives after its last use
	Clock    ports.Clock
	Log      *slog.Logger
}

// New returns a cache. The caller must close it.
func New(c Config) *Cache {
	cache := &Cache{
		Sessions: c.Sessions,
		uses:     &uses{config: c},
		alive:    otter.Must(&otter.Options[id.ID, *entry]{MaximumSize: maxSessions}),
		start:    time.Now(),
	}
	cache.asked.Store(int64(-maxUnasked))
	return cache
}

// Close records the last uses.
func (c *Cache) Close() {
	c.running.Wait()
	c.uses.close()
	c.alive.StopAllGoroutines()
}

// Alive implements ports.Sessions.
func (c *Cache) Alive(ctx context.Context, sessionID id.ID, now time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	elapsed := c.elapsed()
	if err := c.learnOfEnds(ctx, elapsed); err != nil {
		return err
	}
	e, ok := c.alive.GetIfPresent(sessionID)
	if !ok || !e.Alive(now) || elapsed-e.read > maxAge {
		var err error
		if e, err = c.read(ctx, sessionID, now); err != nil {
			return err
		}
	}
	c.uses.add(e, elapsed)
	return nil
}

// elapsed returns the time since the start, by the monotonic clock.
func (c *Cache) elapsed() time.Duration { return time.Since(c.start) }

// read reads a session and adds it to the cache, unless sessions have ended while it was read: it
// may be one of them.
func (c *Cache) read(ctx context.Context, sessionID id.ID, now time.Time) (*entry, error) {
	c.mu.Lock()
	ends, at := c.ends, c.elapsed()
	c.mu.Unlock()
	found, err := c.Find(ctx, []id.ID{sessionID}, now)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, session.ErrBadToken
	}
	e := &entry{Session: found[0], read: at, use: &atomic.Int64{}}
	e.use.Store(int64(at - now.Sub(e.LastUsed)))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ends == ends {
		c.alive.Set(sessionID, e)
	}
	return e, nil
}
