package token

import (
	"strings"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/session"
)

// mostKnown bounds the tokens that are remembered, at some 600 bytes each; more begin anew.
const mostKnown = 10_000

// known remembers tokens that were verified, byte for byte: an app sends the same
// one with each request, and reading it takes longer than the rest of knowing who asks.
// Only time can make such a token worthless here; whether its session has ended is asked elsewhere.
type known struct {
	mu  sync.RWMutex
	all map[string]verified
}

type verified struct {
	session.Session
	at time.Time
}

func (k *known) look(token string, now time.Time) (session.Session, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	v, ok := k.all[token]
	if !ok || now.Before(v.at) || !v.Alive(now) {
		return session.Session{}, false
	}
	return v.Session, true
}

func (k *known) keep(token string, s session.Session, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all == nil || len(k.all) >= mostKnown {
		k.all = map[string]verified{}
	}
	k.all[strings.Clone(token)] = verified{s, now}
}
