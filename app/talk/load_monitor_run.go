package talk

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/kuvaka-tech/parley/ports"
)

// overloadCheck is how often Run reads the load during an overload.
const overloadCheck = 10 * time.Second

// Run reads the load every 10 seconds during an overload, so that onChange is called at its end
// also if nobody sends a message. It returns when ctx ends.
func (m *LoadMonitor) Run(ctx context.Context, clock ports.Clock) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.started:
			m.awaitEnd(ctx, clock)
		}
	}
}

// awaitEnd reads the load until the overload has ended, or ctx ends.
func (m *LoadMonitor) awaitEnd(ctx context.Context, clock ports.Clock) {
	ticker := time.NewTicker(overloadCheck)
	defer ticker.Stop()
	for m.isOverloaded() {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for _, headStart := range m.headStarts() {
			_ = m.overload(ctx, clock.Now(), headStart)
		}
	}
}

// isOverloaded reports whether an overload was reported to onChange, and its end was not.
func (m *LoadMonitor) isOverloaded() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.overloaded
}

// headStarts returns the head starts of the messages so far, in ascending order.
func (m *LoadMonitor) headStarts() []time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.cached))
}

// signalStart wakes Run. An earlier signal that Run has not received yet is enough.
func (m *LoadMonitor) signalStart() {
	select {
	case m.started <- struct{}{}:
	default:
	}
}
