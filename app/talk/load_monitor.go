package talk

import (
	"context"
	"sync"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/core/reply"
	"github.com/kuvaka-tech/parley/ports"
)

const (
	loadRefresh = time.Second     // how long a LoadMonitor uses its cached result
	loadTimeout = 2 * time.Second // limits one reading of the load
	quietPeriod = time.Minute     // an overload has ended after this time without one
)

// LoadMonitor estimates how long a new reply waits. All processes share the queue.
type LoadMonitor struct {
	queue    ports.ReplyQueue
	workers  ports.Workers
	onChange func(overloaded bool, l reply.Load)
	started  chan struct{} // has a signal after the start of an overload, for Run

	mu         sync.Mutex
	cached     map[time.Duration]*cachedLoad // by head start
	overloaded bool                          // as in the last call of onChange
	last       time.Time                     // when the last overload was read
}

// cachedLoad is the cached result for one head start.
type cachedLoad struct {
	refreshed time.Time // when the load was last requested
	reading   bool      // a caller reads the load
	overload  *fault.Error
}

// NewLoadMonitor returns a LoadMonitor. onChange is called with the load when an overload
// starts, and when there was none for a minute. A load near the limit is one overload. Without Run,
// the end is noticed with the next message.
func NewLoadMonitor(
	queue ports.ReplyQueue, workers ports.Workers, onChange func(overloaded bool, l reply.Load),
) *LoadMonitor {
	return &LoadMonitor{
		queue:    queue,
		workers:  workers,
		onChange: onChange,
		started:  make(chan struct{}, 1),
		cached:   map[time.Duration]*cachedLoad{},
	}
}

// overload returns the error for a reply that is accepted at now with this head start: nil or
// reply.ErrOverloaded. It reads the load at most once a second. In between, and while another
// call reads it, it uses the cached result. It returns nil if the load cannot be read.
func (m *LoadMonitor) overload(ctx context.Context, now time.Time, headStart time.Duration) *fault.Error {
	c, due := m.refreshDue(now, headStart)
	if due {
		load, err := m.read(ctx, now, headStart)
		m.update(c, now, load, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return c.overload
}

// refreshDue returns the cached result, and whether the caller must read the load.
func (m *LoadMonitor) refreshDue(now time.Time, headStart time.Duration) (c *cachedLoad, due bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c = m.cached[headStart]
	if c == nil {
		c = &cachedLoad{}
		m.cached[headStart] = c
	}
	if c.reading || now.Sub(c.refreshed) < loadRefresh {
		return c, false
	}
	c.refreshed = now
	c.reading = true
	return c, true
}

// read reads the load. It ignores the end of ctx, because the result is also for other
// requests.
func (m *LoadMonitor) read(ctx context.Context, now time.Time, headStart time.Duration) (l reply.Load, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout)
	defer cancel()
	if l.Capacity, err = m.workers.Capacity(ctx, now); err != nil {
		return reply.Load{}, err
	}
	if _, known := l.Wait(); !known {
		return l, nil
	}
	l.UsersAhead, err = m.queue.UsersAhead(ctx, now, headStart, l.CountUpTo())
	return l, err
}

// update caches the result of read. The log of the overload does not change with an error,
// because an unavailable store cannot accept messages either.
func (m *LoadMonitor) update(c *cachedLoad, now time.Time, l reply.Load, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c.reading = false
	c.overload = nil
	if err != nil {
		return
	}
	c.overload = l.Overload()
	if c.overload != nil {
		m.last = now
	}
	overloaded := c.overload != nil || m.overloaded && now.Sub(m.last) < quietPeriod
	if overloaded == m.overloaded {
		return
	}
	m.overloaded = overloaded
	m.onChange(overloaded, l)
	if overloaded {
		m.signalStart()
	}
}
