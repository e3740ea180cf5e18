package watermill

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/tests/rig"
)

// patience is how long tests wait for something that should happen soon, also on a loaded machine.
const patience = 20 * time.Second

// consumption is a Consume in the background.
type consumption struct {
	*testing.T
	stop  context.CancelFunc
	ended chan error

	mu      sync.Mutex
	handled map[id.ID]int
}

// startConsume starts a consumer that stops when the test ends. handle may be nil.
func startConsume(t *testing.T, w *Wakeups, handle func(replyID id.ID)) *consumption {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c := &consumption{
		T:       t,
		stop:    cancel,
		ended:   make(chan error, 1),
		handled: map[id.ID]int{},
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.ended <- w.Consume(ctx, func(_ context.Context, replyID id.ID) {
			if handle != nil {
				handle(replyID)
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.handled[replyID]++
		})
	}()
	t.Cleanup(func() { cancel(); <-done })
	return c
}

// count returns how often the n-th wake-up was handled.
func (c *consumption) count(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.handled[replyID(n)]
}

// waitFor waits until the n-th wake-up is handled.
func (c *consumption) waitFor(n int) {
	c.Helper()
	rig.Eventually(c.T, patience, fmt.Sprintf("wake-up %d is handled", n), func() bool { return c.count(n) > 0 })
}

// result waits until Consume returns.
func (c *consumption) result() error {
	c.Helper()
	select {
	case err := <-c.ended:
		return err
	case <-time.After(10 * time.Second):
		c.Fatal("Consume did not return within 10 s")
		return nil
	}
}
