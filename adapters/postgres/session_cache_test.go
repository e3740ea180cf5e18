package postgres

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
)

// foundAt returns the result of a lookup that found the sessions alive.
func foundAt(now time.Time, sessionIDs ...id.ID) map[id.ID]*cachedSession {
	found := map[id.ID]*cachedSession{}
	for _, sessionID := range sessionIDs {
		found[sessionID] = &cachedSession{readAt: now, expires: now.Add(time.Hour), lastUsed: now}
	}
	return found
}

func TestLookupOfAnOldGenerationIsNotCached(t *testing.T) {
	var c sessionCache
	now := time.Now()
	_, l, _ := c.check("a", now)
	c.invalidate() // a session ends while the lookup reads
	c.finish(l, foundAt(now, "a"), nil)
	if len(c.entries) != 0 {
		t.Errorf("%d sessions cached from before the end of a session, want 0", len(c.entries))
	}
	_, l, _ = c.check("a", now)
	c.finish(l, foundAt(now, "a"), nil)
	if alive, _, _ := c.check("a", now); !alive {
		t.Error("the session is not cached after the next lookup")
	}
}

// The clock of the process may go backwards.
func TestEntriesOutsideTheTTLAreNotUsed(t *testing.T) {
	var c sessionCache
	now := time.Now()
	_, l, _ := c.check("a", now)
	c.finish(l, foundAt(now, "a"), nil)
	for _, at := range []time.Time{now.Add(sessionCacheTTL), now.Add(-time.Microsecond)} {
		alive, l, _ := c.check("a", at)
		if alive {
			t.Fatalf("an entry of %s is used at %s, want a lookup", now, at)
		}
		c.finish(l, foundAt(now, "a"), nil)
	}
}

// The sessions that were not used recently leave a full cache first.
func TestCacheSizeIsLimited(t *testing.T) {
	var c sessionCache
	now := time.Now()
	add := func(from, to int) {
		var sessionIDs []id.ID
		for n := range to - from {
			sessionIDs = append(sessionIDs, id.ID(strconv.Itoa(from+n)))
		}
		_, l, _ := c.check(sessionIDs[0], now)
		c.finish(l, foundAt(now, sessionIDs...), nil)
	}
	add(0, maxCachedSessions-1000)
	now = now.Add(sessionActiveTime)
	add(maxCachedSessions-1000, maxCachedSessions)
	add(maxCachedSessions, maxCachedSessions+1)
	if len(c.entries) != 1001 {
		t.Errorf("%d sessions cached, want the 1001 that are active", len(c.entries))
	}
	add(2*maxCachedSessions, 3*maxCachedSessions-1001)
	if len(c.entries) != maxCachedSessions {
		t.Errorf("%d sessions cached, want %d", len(c.entries), maxCachedSessions)
	}
	add(4*maxCachedSessions, 4*maxCachedSessions+1)
	if len(c.entries) != 1 {
		t.Errorf("%d sessions cached after a cache full of active ones, want only the new one", len(c.entries))
	}
}

// After the end of a session, every session is read again, but not each with its own query.
func TestActiveSessionsAreRefreshedAfterTheEndOfASession(t *testing.T) {
	now := time.Now()
	c := sessionCache{entries: foundAt(now, "a", "b", "c")}
	c.invalidate()
	alive, l, leads := c.check("a", now)
	if alive || !leads || len(l.sessionIDs) != 3 {
		t.Fatalf("alive = %t and the lookup reads %q, want a lookup of a, b and c", alive, l.sessionIDs)
	}
	c.finish(l, foundAt(now, "a", "b"), nil)
	for sessionID, want := range map[id.ID]bool{"a": true, "b": true, "c": false} {
		if alive, _, _ := c.check(sessionID, now); alive != want {
			t.Errorf("%s is alive in the cache: %t, want %t", sessionID, alive, want)
		}
	}
}

// A lookup also refreshes active sessions whose entries are older than half of the TTL.
// A refresh does not count as use. A session that the refresh does not find is removed.
func TestLookupRefreshesActiveSessions(t *testing.T) {
	began := time.Now()
	at := func(after time.Duration) time.Time { return began.Add(after) }
	c := sessionCache{entries: map[id.ID]*cachedSession{
		"old":   {readAt: at(0), expires: at(time.Hour)},
		"ended": {readAt: at(0), expires: at(time.Hour)},
		"idle":  {readAt: at(0), expires: at(time.Hour), lastUsed: at(-sessionActiveTime)},
		"fresh": {readAt: at(sessionCacheTTL / 2), expires: at(time.Hour)},
	}}
	for _, sessionID := range []id.ID{"old", "ended", "fresh"} {
		if alive, _, _ := c.check(sessionID, at(sessionCacheTTL/2)); !alive {
			t.Errorf("%s is not alive, want it from the cache", sessionID)
		}
	}
	later := at(sessionCacheTTL * 3 / 4)
	_, l, _ := c.check("new", later)
	slices.Sort(l.sessionIDs[1:])
	if !slices.Equal(l.sessionIDs, []id.ID{"new", "ended", "old"}) {
		t.Errorf("the lookup reads %q, want new and the active sessions ended and old", l.sessionIDs)
	}
	c.finish(l, foundAt(later, "new", "old"), nil)
	if lastUsed := c.entries["old"].lastUsed; !lastUsed.Equal(at(sessionCacheTTL / 2)) {
		t.Errorf("old was last used %s after the beginning, want the time of its last check", lastUsed.Sub(began))
	}
	wantAlive := map[id.ID]bool{"new": true, "old": true, "ended": false, "idle": false, "fresh": true}
	for sessionID, want := range wantAlive {
		if alive, _, _ := c.check(sessionID, at(sessionCacheTTL*5/4)); alive != want {
			t.Errorf("%s is alive in the cache: %t, want %t", sessionID, alive, want)
		}
	}
}

// A session that a lookup is reading does not cause another lookup, unless sessions
// have ended since that lookup began.
func TestConcurrentMissesShareALookup(t *testing.T) {
	now := time.Now()
	c := sessionCache{entries: map[id.ID]*cachedSession{"a": {lastUsed: now}, "b": {lastUsed: now}}}
	_, first, leads := c.check("a", now)
	if !leads || len(first.sessionIDs) != 2 {
		t.Fatalf("the first lookup reads %q, want a and b", first.sessionIDs)
	}
	if _, l, leads := c.check("b", now); leads || l != first {
		t.Error("b has a second lookup, want it to share the first one")
	}
	if _, l, leads := c.check("c", now); !leads || !slices.Equal(l.sessionIDs, []id.ID{"c"}) {
		t.Errorf("the lookup of c reads %q, want only c, because a and b are being read", l.sessionIDs)
	}
	c.invalidate()
	_, second, leads := c.check("b", now)
	if !leads {
		t.Error("b shares a lookup that began before sessions ended, want a new one")
	}
	c.finish(first, map[id.ID]*cachedSession{}, nil)
	if _, l, leads := c.check("b", now); leads || l != second {
		t.Error("the end of the first lookup has removed the second one")
	}
	<-first.done
}
