package sessioncache

import (
	"context"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/session"
	"github.com/kuvaka-tech/parley/ports"
)

// question asks the store for the sessions that have ended. Concurrent callers share it.
type question struct {
	done chan struct{} // closed when err is set
	err  error
}

// learnOfEnds removes the sessions from the cache that other processes have ended, if this was not done
// recently. It waits for the store only if it has not answered for maxUnasked.
func (c *Cache) learnOfEnds(ctx context.Context, elapsed time.Duration) error {
	unasked := elapsed - time.Duration(c.asked.Load())
	if unasked < askEvery {
		return nil
	}
	q := c.ask(context.WithoutCancel(ctx))
	if unasked < maxUnasked {
		return nil
	}
	select {
	case <-q.done:
		return q.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ask returns the question that is asked now, and asks one if there is none.
func (c *Cache) ask(ctx context.Context) *question {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asking == nil {
		q := &question{done: make(chan struct{})}
		c.asking = q
		began := c.elapsed()
		c.running.Go(func() {
			ended, err := c.Ended(ctx)
			c.answer(q, began, ended, err)
		})
	}
	return c.asking
}

// answer ends a question that began at a time after c.start.
func (c *Cache) answer(q *question, began time.Duration, ended []id.ID, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, sessionID := range ended {
		if _, cached := c.alive.Invalidate(sessionID); cached {
			c.ends++
		}
	}
	if err == nil {
		c.asked.Store(int64(began))
	}
	c.asking = nil
	q.err = err
	close(q.done)
}

// forget removes sessions from the cache that this process has ended.
func (c *Cache) forget(ended func(session.Session) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ends++
	for sessionID, e := range c.alive.All() {
		if ended(e.Session) {
			c.alive.Invalidate(sessionID)
		}
	}
}

// End implements ports.Sessions.
func (c *Cache) End(ctx context.Context, userID, sessionID id.ID) error {
	err := c.Sessions.End(ctx, userID, sessionID)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ends++
	c.alive.Invalidate(sessionID)
	return err
}

// EndAll implements ports.Sessions.
func (c *Cache) EndAll(ctx context.Context, userID, except id.ID) error {
	err := c.Sessions.EndAll(ctx, userID, except)
	c.forget(func(s session.Session) bool { return s.User == userID && s.ID != except })
	return err
}

// EndEvery implements ports.Sessions.
func (c *Cache) EndEvery(ctx context.Context) error {
	err := c.Sessions.EndEvery(ctx)
	c.forget(func(session.Session) bool { return true })
	return err
}

// Eraser is a ports.Eraser that removes the sessions of erased users from a Cache.
type Eraser struct {
	eraser ports.Eraser
	cache  *Cache
}

// NewEraser returns an Eraser over another one.
func NewEraser(eraser ports.Eraser, cache *Cache) *Eraser { return &Eraser{eraser, cache} }

// Erase implements ports.Eraser.
func (e *Eraser) Erase(ctx context.Context, userID id.ID, keep ports.KeepCounts) error {
	err := e.eraser.Erase(ctx, userID, keep)
	e.cache.forget(func(s session.Session) bool { return s.User == userID })
	return err
}
