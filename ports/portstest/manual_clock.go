package portstest

import (
	"sync"
	"time"
)

// ManualClock is a ports.Clock whose time changes only with Advance. Goroutines can share it.
type ManualClock struct {
	mu  sync.Mutex
	now time.Time
}

// NewManualClock returns a clock with this time.
func NewManualClock(now time.Time) *ManualClock { return &ManualClock{now: now} }

// Now implements ports.Clock.
func (c *ManualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock forward by d.
func (c *ManualClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
