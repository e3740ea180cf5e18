package sessioncache

import (
	"context"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
)

const (
	// recordEvery is the time after which a use of a session is recorded again. With recordDelay, the
	// recorded time is precise to a minute.
	recordEvery = 45 * time.Second
	// recordDelay is how long uses gather, so that one statement records many of them.
	recordDelay = 10 * time.Second
	// recordTimeout limits how long the store may take to record them.
	recordTimeout = 3 * time.Second
)

// uses are the uses of sessions that are not recorded yet.
type uses struct {
	config Config

	mu       sync.Mutex
	sessions []id.ID
	timer    *time.Timer // records them; nil if there are none
}

// add adds a use of a session at a time after the start of the cache.
func (u *uses) add(e *entry, elapsed time.Duration) {
	last := e.use.Load()
	if elapsed-time.Duration(last) < recordEvery || !e.use.CompareAndSwap(last, int64(elapsed)) {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.sessions = append(u.sessions, e.ID)
	if u.timer == nil {
		u.timer = time.AfterFunc(recordDelay, u.record)
	}
}

// record records the uses. If that fails, the next uses are recorded.
func (u *uses) record() {
	u.mu.Lock()
	sessions := u.sessions
	u.sessions = nil
	u.timer = nil
	u.mu.Unlock()
	if len(sessions) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), recordTimeout)
	defer cancel()
	now := u.config.Clock.Now()
	if err := u.config.Sessions.Used(ctx, sessions, now, now.Add(u.config.TTL)); err != nil {
		u.config.Log.Warn("uses of sessions were not recorded", "err", err, "sessions", len(sessions))
	}
}

// close records the last uses.
func (u *uses) close() {
	u.mu.Lock()
	if u.timer != nil {
		u.timer.Stop()
	}
	u.mu.Unlock()
	u.record()
}
