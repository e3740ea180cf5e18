package redis

import (
	"log/slog"
	"sync"
	"time"
)

// logInterval is the minimum time between two logged outages. Without it, a Redis that
// fails every second call would fill the log.
const logInterval = time.Minute

// outageLog logs down when calls start to fail, and up when they succeed again.
type outageLog struct {
	log      *slog.Logger
	down, up string // log messages

	mu       sync.Mutex
	isDown   bool      // down was logged, up was not
	loggedAt time.Time // when down was logged last
}

// record logs a change from success to failure or back. err is the error of a call, nil for a success.
func (o *outageLog) record(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch now := time.Now(); {
	case err == nil && o.isDown:
		o.isDown = false
		o.log.Info(o.up)
	case err != nil && !o.isDown && now.Sub(o.loggedAt) >= logInterval:
		o.isDown, o.loggedAt = true, now
		o.log.Warn(o.down, "err", err)
	}
}
