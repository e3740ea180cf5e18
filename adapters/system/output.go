package system

import (
	"context"
	"fmt"
	"io"
	"sync"
)

// maxPending is the number of waiting bytes from which further lines are dropped.
const maxPending = 1 << 20

// Output is an io.Writer for log lines whose Write never blocks. Lines that arrive
// while a write to w is in flight are written together in the next one. So the reader
// of a pipe wakes up once for many lines. If the reader is too slow, lines are
// dropped, and a later line says how many.
type Output struct {
	w io.Writer

	mu      sync.Mutex
	pending []byte        // lines to write next
	dropped int           // lines dropped since pending was last written
	drained chan struct{} // closed when nothing is pending any more; nil while drain is not running
}

// NewOutput returns an output that writes to w.
func NewOutput(w io.Writer) *Output { return &Output{w: w} }

// Write implements io.Writer. p is one line. Write always succeeds.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.pending) >= maxPending {
		o.dropped++
		return len(p), nil
	}
	o.pending = append(o.pending, p...)
	if o.drained == nil {
		o.drained = make(chan struct{})
		go o.drain()
	}
	return len(p), nil
}

// Flush waits until all lines before the call are written. It returns ctx's error if ctx ends first.
func (o *Output) Flush(ctx context.Context) error {
	o.mu.Lock()
	drained := o.drained
	o.mu.Unlock()
	if drained == nil {
		return nil
	}
	select {
	case <-drained:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// drain writes to w until nothing is pending. It alternates two buffers: it writes one
// while Write fills the other.
func (o *Output) drain() {
	var spare []byte
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.pending) > 0 {
		lines := o.pending
		if o.dropped > 0 {
			lines = fmt.Appendf(lines, "%d log lines are missing here: nobody read them\n", o.dropped)
		}
		o.pending, o.dropped = spare[:0], 0
		o.mu.Unlock()
		_, _ = o.w.Write(lines) // a log that cannot be written must not stop the program
		o.mu.Lock()
		spare = lines
	}
	close(o.drained)
	o.pending, o.drained = nil, nil
}
