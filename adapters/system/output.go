package system

import (
	"context"
	"fmt"
	"io"
	"sync"
)

// mostPending bounds the bytes that wait to be written.
const mostPending = 1 << 20

// Output is an io.Writer that keeps nobody waiting: what comes while a write is
// under way goes out in the next one, all together. Whoever reads a log through a
// pipe is woken once for many lines. One who stops reading misses some, of which a line tells
// later, and holds nobody up.
type Output struct {
	to io.Writer

	mu      sync.Mutex
	pending []byte
	dropped int           // writes
	idle    chan struct{} // is closed when all is written; nil while nothing is
}

// NewOutput returns an output to a writer.
func NewOutput(to io.Writer) *Output { return &Output{to: to} }

// Write never fails.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.pending) >= mostPending {
		o.dropped++
		return len(p), nil
	}
	o.pending = append(o.pending, p...)
	if o.idle == nil {
		o.idle = make(chan struct{})
		go o.drain()
	}
	return len(p), nil
}

// Flush returns once all that came before is written, or with ctx's error.
func (o *Output) Flush(ctx context.Context) error {
	o.mu.Lock()
	idle := o.idle
	o.mu.Unlock()
	if idle == nil {
		return nil
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (o *Output) drain() {
	var spare []byte
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.pending) > 0 {
		now := o.pending
		if o.dropped > 0 {
			now = fmt.Appendf(now, "%d log lines are missing here: nobody read them\n", o.dropped)
		}
		o.pending, o.dropped = spare[:0], 0
		o.mu.Unlock()
		_, _ = o.to.Write(now)
		o.mu.Lock()
		spare = now
	}
	close(o.idle)
	o.pending, o.idle = nil, nil
}
