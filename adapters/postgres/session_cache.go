package postgres

import (
	"maps"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
)

const (
	// sessionCacheTTL is how long a session counts as alive after it was read from the
	// database. If another process ends the session, this process notices it after this
	// time at the latest. An event stream checks its session every 300 ms. So the stream
	// ends within 900 ms, and the limit is a second.
	sessionCacheTTL = 600 * time.Millisecond
	// maxCachedSessions limits the size of the cache. It is several times the number of
	// streams of one process, each of which may have its own session.
	maxCachedSessions = 50_000
	// sessionActiveTime is how long a session counts as active after its last use.
	sessionActiveTime = 10 * time.Second
	// maxScannedSessions limits how many entries a cache miss examines to find the
	// sessions to refresh.
	maxScannedSessions = 512
)

// sessionCache caches sessions that are alive, because a client sends many requests in
// a row, and each of them checks the session. The zero value is an empty cache.
//
// A cache miss also refreshes active sessions whose entries are older than half of
// the TTL, in one query. So there are far fewer queries than active users. Concurrent
// misses of the same session share one query.
type sessionCache struct {
	mu sync.Mutex
	// generation is incremented when this process ends sessions. Entries of an older
	// generation do not count as alive, and the result of a lookup of an older generation
	// is not cached, because they may contain an ended session. The entries stay in the
	// cache until the next misses refresh them. Without them, each of thousands of streams
	// would need its own query after every logout.
	generation int
	entries    map[id.ID]*cachedSession // by session
	inFlight   map[id.ID]*sessionLookup // the lookup that reads a session
}

// cachedSession is a session that was alive when it was read.
type cachedSession struct {
	readAt     time.Time // from the database
	expires    time.Time
	lastUsed   time.Time // by a request
	generation int       // of the cache when the session was read
}

// sessionLookup is one query that reads several sessions. found and err are valid
// when done is closed. Both are nil if the caller that ran the query cancelled it.
type sessionLookup struct {
	sessionIDs []id.ID // the first one is the session that caused the lookup
	began      time.Time
	generation int                      // of the cache when the lookup began
	done       chan struct{}            // closed by finish
	found      map[id.ID]*cachedSession // the sessions that are alive
	err        error
}

// check reports whether the cache knows that the session is alive. If it does not, check
// returns the lookup that reads the session. If leads is true, the caller must run the
// query and call finish. Otherwise another caller does so, and this one waits for done.
func (c *sessionCache) check(sessionID id.ID, now time.Time) (alive bool, l *sessionLookup, leads bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if entry := c.entries[sessionID]; entry != nil {
		entry.lastUsed = now
		if c.alive(entry, now, sessionCacheTTL) {
			return true, nil, false
		}
	}
	l = c.reading(sessionID)
	if l == nil {
		return false, c.newLookup(sessionID, now), true
	}
	return false, l, false
}

// reading returns the lookup of the current generation that reads the session, or nil.
func (c *sessionCache) reading(sessionID id.ID) *sessionLookup {
	l := c.inFlight[sessionID]
	if l == nil || l.generation != c.generation {
		return nil
	}
	return l
}

// newLookup returns a lookup of a session and of the stale ones, and adds it to inFlight.
func (c *sessionCache) newLookup(sessionID id.ID, now time.Time) *sessionLookup {
	l := &sessionLookup{
		sessionIDs: append([]id.ID{sessionID}, c.stale(sessionID, now)...),
		began:      now,
		generation: c.generation,
		done:       make(chan struct{}),
	}
	if c.inFlight == nil {
		c.inFlight = map[id.ID]*sessionLookup{}
	}
	for _, s := range l.sessionIDs {
		c.inFlight[s] = l
	}
	return l
}

// stale returns the active sessions, other than this one, whose entries are older than
// half of the TTL and which no lookup is reading.
func (c *sessionCache) stale(sessionID id.ID, now time.Time) (others []id.ID) {
	scanned := 0
	for other, entry := range c.entries {
		scanned++
		if scanned > maxScannedSessions {
			break
		}
		stale := entry.active(now) && !c.alive(entry, now, sessionCacheTTL/2)
		if other != sessionID && stale && c.reading(other) == nil {
			others = append(others, other)
		}
	}
	return others
}

// active reports whether the session was used recently.
func (s *cachedSession) active(now time.Time) bool { return now.Sub(s.lastUsed) < sessionActiveTime }

// alive reports whether the entry is younger than maxAge, no session has ended since it was
// read, and the session has not expired at now.
func (c *sessionCache) alive(s *cachedSession, now time.Time, maxAge time.Duration) bool {
	young := !now.Before(s.readAt) && now.Sub(s.readAt) < maxAge
	return young && s.generation == c.generation && now.Before(s.expires)
}

// finish sets the result of a lookup, caches the sessions found, and wakes the waiting callers.
func (c *sessionCache) finish(l *sessionLookup, found map[id.ID]*cachedSession, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, sessionID := range l.sessionIDs {
		if c.inFlight[sessionID] == l {
			delete(c.inFlight, sessionID)
		}
	}
	l.found = found
	l.err = err
	if found != nil && c.generation == l.generation {
		c.store(l)
	}
	close(l.done)
}

// store replaces the entries of the lookup's sessions.
func (c *sessionCache) store(l *sessionLookup) {
	c.makeRoom(len(l.found), l.began)
	for _, sessionID := range l.sessionIDs {
		old, found := c.entries[sessionID], l.found[sessionID]
		if old != nil && found != nil {
			found.lastUsed = old.lastUsed // a refresh does not count as a use
		}
		delete(c.entries, sessionID)
	}
	for sessionID, found := range l.found {
		found.generation = l.generation
		c.entries[sessionID] = found
	}
}

// makeRoom makes room for n entries. It deletes the inactive entries of a full cache. If
// that deletes less than half of them, it empties the cache, because the next call would
// examine all entries again.
func (c *sessionCache) makeRoom(n int, now time.Time) {
	if c.entries != nil && len(c.entries)+n <= maxCachedSessions {
		return
	}
	maps.DeleteFunc(c.entries, func(_ id.ID, s *cachedSession) bool { return !s.active(now) })
	if c.entries == nil || len(c.entries)+n > maxCachedSessions/2 {
		c.entries = map[id.ID]*cachedSession{}
	}
}

// invalidate makes the next check of every session read it again. It must be called after
// this process has ended sessions in the database.
func (c *sessionCache) invalidate() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
}
