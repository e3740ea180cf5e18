package system

import (
	"io"
	"sync"
)

// mostPending bounds the bytes that wait to be written; callers then wait as well.
const mostPending = 1 << 20

// Output is an io.Writer that keeps nobody waiting: what comes while a write is
// under way goes out in the next one, all together. Whoever reads a log through a
// pipe is woken once for many lines. What could not be written is dropped.
type Output struct {
	to io.Writer

	mu      sync.Mutex
	written *sync.Cond
	pending []byte
	busy    bool // a write is under way
}

// NewOutput returns an output to a writer.
func NewOutput(to io.Writer) *Output {
	o := &Output{to: to}
	o.written = sync.NewCond(&o.mu)
	return o
}

// Write never fails.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.pending) >= mostPending {
		o.written.Wait()
	}
	o.pending = append(o.pending, p...)
	if !o.busy {
		o.busy = true
		go o.drain()
	}
	return len(p), nil
}

// Flush returns once all that came before is written.
func (o *Output) Flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.busy {
		o.written.Wait()
	}
}

func (o *Output) drain() {
	var spare []byte
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.pending) > 0 {
		now := o.pending
		o.pending = spare[:0]
		o.mu.Unlock()
		_, _ = o.to.Write(now)
		o.mu.Lock()
		spare = now
		o.written.Broadcast()
	}
	o.pending, o.busy = nil, false
	o.written.Broadcast()
}
