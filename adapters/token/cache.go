package token

import (
	"strings"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/session"
)

// maxCached is the maximum number of tokens in the cache. Each takes about 600 bytes. A
// full cache is emptied.
const maxCached = 10_000

// cache holds tokens that have been verified. A client sends the same token with
// each request, and verifying it takes longer than the rest of the authentication.
//
// A cached token becomes invalid only when it expires, which get checks. A session can
// end before that. ports.Sessions checks this, not the cache.
type cache struct {
	mu      sync.RWMutex
	entries map[string]entry // by token
}

type entry struct {
	session.Access
	verified time.Time
}

// get returns what a cached token grants, if it is valid at now. A token that was verified after
// now is a cache miss: it may not be valid yet at now.
func (c *cache) get(token string, now time.Time) (session.Access, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e, ok := c.entries[token]
	if !ok || now.Before(e.verified) || !e.Alive(now) {
		return session.Access{}, false
	}
	return e.Access, true
}

// put adds a token that was verified at now.
func (c *cache) put(token string, a session.Access, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil || len(c.entries) >= maxCached {
		c.entries = map[string]entry{}
	}
	c.entries[strings.Clone(token)] = entry{a, now} // token may share memory with the whole request header
}
