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
	// time at the latest.
	sessionCacheTTL = time.Second
	// maxCachedSessions limits the size of the cache. A full cache is emptied.
	maxCachedSessions = 10_000
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
// the TTL, in one query. So the number of queries does not grow with the number of
// active users. Concurrent misses of the same session share one query.
type sessionCache struct {
	mu sync.Mutex
	// generation is incremented when this process ends sessions. The result of a lookup
	// of an older generation is not cached, because it may contain an ended session.
	generation int
	entries    map[id.ID]*cachedSession // by session
	inFlight   map[id.ID]*sessionLookup // the lookup that reads a session
}

// cachedSession is a session that was alive when it was read.
type cachedSession struct {
	readAt   time.Time // from the database
	expires  time.Time
	lastUsed time.Time // by a request
}

// sessionLookup is one query that reads several sessions. found and err are valid
// when done is closed. Both are nil if the caller that ran the query cancelled it.
type sessionLookup struct {
	sessionIDs []id.ID                  // the first one is the session that caused the lookup
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
		if entry.alive(now, sessionCacheTTL) {
			return true, nil, false
		}
	}
	l = c.inFlight[sessionID]
	if l != nil && l.generation == c.generation {
		return false, l, false
	}
	return false, c.newLookup(sessionID, now), true
}

// newLookup returns a lookup of a session and of the stale ones, and adds it to inFlight.
func (c *sessionCache) newLookup(sessionID id.ID, now time.Time) *sessionLookup {
	l := &sessionLookup{
		sessionIDs: append([]id.ID{sessionID}, c.stale(sessionID, now)...),
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
		active := now.Sub(entry.lastUsed) < sessionActiveTime
		if other != sessionID && c.inFlight[other] == nil && active && !entry.alive(now, sessionCacheTTL/2) {
			others = append(others, other)
		}
	}
	return others
}

// alive reports whether the entry is younger than maxAge and the session has not expired at now.
func (s *cachedSession) alive(now time.Time, maxAge time.Duration) bool {
	return !now.Before(s.readAt) && now.Sub(s.readAt) < maxAge && now.Before(s.expires)
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

// store replaces the entries of the lookup's sessions. If the cache is full, store empties it first.
func (c *sessionCache) store(l *sessionLookup) {
	if c.entries == nil || len(c.entries)+len(l.found) > maxCachedSessions {
		c.entries = map[id.ID]*cachedSession{}
	}
	for _, sessionID := range l.sessionIDs {
		old, found := c.entries[sessionID], l.found[sessionID]
		if old != nil && found != nil {
			found.lastUsed = old.lastUsed // a refresh does not count as a use
		}
		delete(c.entries, sessionID)
	}
	maps.Copy(c.entries, l.found)
}

// clear empties the cache. It must be called after this process has ended sessions in the database.
func (c *sessionCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	clear(c.entries)
}
