package batch

import "time"

// slowAfter is how long a flush may run until it counts as slow.
const slowAfter = 250 * time.Millisecond

// AllowSlow lets the next flush begin beside up to n slow ones. So a flush that waits for a
// connection without a sign of life does not delay the calls after it. AllowSlow returns the
// Batcher. It must be called before Do.
func (b *Batcher[T, R]) AllowSlow(n int) *Batcher[T, R] {
	b.maxSlow = n
	return b
}

// flight is a flush that runs.
type flight struct {
	isSlow   bool
	hasEnded bool
}

// started watches the flush that starts now. The caller must call ended after it.
func (b *Batcher[T, R]) started() (ended func()) {
	if b.maxSlow == 0 {
		return func() { b.end(new(flight)) }
	}
	f := new(flight)
	timer := time.AfterFunc(slowAfter, func() { b.letPass(f) })
	return func() {
		timer.Stop()
		b.end(f)
	}
}

// letPass lets the next flush begin although f has not ended, unless too many are slow.
func (b *Batcher[T, R]) letPass(f *flight) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if f.hasEnded || b.slow == b.maxSlow {
		return
	}
	f.isSlow = true
	b.slow++
	b.next()
}

// end schedules the next flush, unless letPass has done so.
func (b *Batcher[T, R]) end(f *flight) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f.hasEnded = true
	if f.isSlow {
		b.slow--
		return
	}
	b.next()
}
