package capacity

import (
	"time"

	"github.com/kuvaka-tech/parley/core/reply"
)

// loadRefresh is how long a loadMonitor uses an estimate, as in package talk.
const loadRefresh = time.Second

// loadMonitor refuses messages as talk.LoadMonitor of a single API process.
type loadMonitor struct {
	queue     *queue
	slots     int
	ends      []time.Duration // of the answers in the last reply.CapacityWindow
	estimates map[time.Duration]estimate
}

// estimate is the cached result for one head start.
type estimate struct {
	at         time.Duration
	overloaded bool
}

func newLoadMonitor(q *queue, slots int) *loadMonitor {
	return &loadMonitor{queue: q, slots: slots, estimates: map[time.Duration]estimate{}}
}

// finished counts an answer that ended now.
func (l *loadMonitor) finished(now time.Duration) {
	l.forget(now)
	l.ends = append(l.ends, now)
}

// forget removes the answers that ended before the reply.CapacityWindow.
func (l *loadMonitor) forget(now time.Duration) {
	for len(l.ends) > 0 && l.ends[0] <= now-reply.CapacityWindow {
		l.ends = l.ends[1:]
	}
}

// overloaded reports whether a message that is sent now is refused.
func (l *loadMonitor) overloaded(now, headStart time.Duration) bool {
	last, known := l.estimates[headStart]
	if known && now-last.at < loadRefresh {
		return last.overloaded
	}
	l.forget(now)
	load := reply.Load{
		Capacity:   reply.Capacity{Slots: l.slots, Finished: len(l.ends)},
		UsersAhead: l.queue.usersAhead(now, headStart),
	}
	overloaded := load.Overload() != nil
	l.estimates[headStart] = estimate{at: now, overloaded: overloaded}
	return overloaded
}
