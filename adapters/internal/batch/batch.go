// Package batch combines concurrent calls into batches.
//
// A call that arrives while no flush is in flight is flushed immediately. So batching
// adds no delay when there is little load. Calls that arrive during a flush wait for
// its end and form the next batch. So batches grow with the load.
package batch

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
)

// Flush processes a batch. It returns one result per item, in the same order, or an
// error for every caller in the batch. It must not keep the slice items.
//
// ctx has the values of the first caller's context, but not its deadline and
// cancellation, because that caller must not cancel the other calls. So Flush must
// limit its running time itself.
type Flush[T, R any] func(ctx context.Context, items []T) ([]R, error)

// Batcher runs one flush at a time, and others beside slow ones if AllowSlow permits it. It is safe
// for concurrent use.
type Batcher[T, R any] struct {
	maxSize int
	maxSlow int
	flush   Flush[T, R]

	mu       sync.Mutex
	inFlight bool          // a flush runs, or will run soon, for which the next one must wait
	slow     int           // the flushes for which the next one does not wait
	waiting  []*call[T, R] // in the order of arrival
}

// call is one Do.
type call[T, R any] struct {
	ctx    context.Context
	item   T
	result R
	err    error
	wake   chan signal // buffered, because the caller may have returned already
}

// signal tells a waiting caller what to do.
type signal int

const (
	done      signal = iota // result and err are set: return them
	flushNext               // flush the next batch, then wait again
)

// New returns a Batcher that calls flush with at most maxSize items.
func New[T, R any](maxSize int, flush Flush[T, R]) *Batcher[T, R] {
	return &Batcher[T, R]{maxSize: max(maxSize, 1), flush: flush}
}

// Do processes item in a batch and returns its result. It fails with the error of the
// flush, and when the flush panics.
//
// When ctx ends first, Do returns ctx's error immediately. The item is dropped if it
// is still waiting. If it is in flight, it may be processed. If ctx cannot end, as
// context.Background, Do may run a flush in the caller's goroutine, which saves a
// goroutine switch.
func (b *Batcher[T, R]) Do(ctx context.Context, item T) (R, error) {
	c := &call[T, R]{ctx: ctx, item: item, wake: make(chan signal, 1)}
	b.join(c)
	if ctx.Done() == nil {
		for <-c.wake == flushNext {
			b.flushNextBatch()
		}
		return c.result, c.err
	}
	select {
	case <-c.wake:
		return c.result, c.err
	case <-ctx.Done():
		var none R
		return none, ctx.Err()
	}
}

// join adds a call to the next batch. It schedules a flush if none is in flight.
func (b *Batcher[T, R]) join(c *call[T, R]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = append(b.waiting, c)
	if !b.inFlight {
		b.inFlight = true
		b.scheduleFlush(c)
	}
}

// scheduleFlush makes c's caller flush the next batch. If the ctx of that caller can end,
// the caller may return early, so a new goroutine flushes the batch instead.
func (b *Batcher[T, R]) scheduleFlush(c *call[T, R]) {
	if c.ctx.Done() == nil {
		c.wake <- flushNext
	} else {
		go b.flushNextBatch()
	}
}

// flushNextBatch flushes a batch and schedules the one after it. It yields first, so
// that goroutines that are about to call Do can join the batch.
func (b *Batcher[T, R]) flushNextBatch() {
	runtime.Gosched()
	calls := b.take()
	ended := b.started()
	b.flushCalls(calls)
	ended()
}

// next schedules a flush if a call is waiting. The caller holds mu.
func (b *Batcher[T, R]) next() {
	b.inFlight = len(b.waiting) > 0
	if b.inFlight {
		b.scheduleFlush(b.waiting[0])
	}
}

// take removes the next batch from the queue.
func (b *Batcher[T, R]) take() []*call[T, R] {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := min(len(b.waiting), b.maxSize)
	batch := b.waiting[:n]
	b.waiting = append([]*call[T, R](nil), b.waiting[n:]...)
	return batch
}

// flushCalls flushes the calls whose contexts have not ended, and wakes their callers.
func (b *Batcher[T, R]) flushCalls(batch []*call[T, R]) {
	batch = slices.DeleteFunc(batch, func(c *call[T, R]) bool { return c.ctx.Err() != nil })
	if len(batch) == 0 {
		return
	}
	items := make([]T, len(batch))
	for i, c := range batch {
		items[i] = c.item
	}
	results, err := b.safeFlush(context.WithoutCancel(batch[0].ctx), items)
	for i, c := range batch {
		if err == nil {
			c.result = results[i]
		}
		c.err = err
		c.wake <- done
	}
}

// safeFlush calls flush. It also fails if flush panics or returns a wrong number of results.
func (b *Batcher[T, R]) safeFlush(ctx context.Context, items []T) (results []R, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("batch: flush panicked: %v\n%s", p, debug.Stack())
		}
	}()
	results, err = b.flush(ctx, items)
	if err == nil && len(results) != len(items) {
		err = fmt.Errorf("batch: flush returned %d results for %d items", len(results), len(items))
	}
	return results, err
}
