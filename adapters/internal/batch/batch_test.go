package batch_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/internal/batch"
)

// server is a flush function that records its batches. Each flush takes a second.
// An item's result is its double.
type server struct {
	mu      sync.Mutex
	batches [][]int
}

func (s *server) flush(_ context.Context, items []int) ([]int, error) {
	s.mu.Lock()
	s.batches = append(s.batches, slices.Sorted(slices.Values(items)))
	s.mu.Unlock()
	time.Sleep(time.Second)
	results := make([]int, len(items))
	for i, item := range items {
		results[i] = 2 * item
	}
	return results, nil
}

func (s *server) wants(t *testing.T, want ...[]int) {
	t.Helper()
	if got, want := fmt.Sprint(s.batches), fmt.Sprint(want); got != want {
		t.Errorf("batches = %s, want %s", got, want)
	}
}

// doubles calls Do and expects the double of the item.
func doubles(ctx context.Context, t *testing.T, b *batch.Batcher[int, int], item int) {
	if got, err := b.Do(ctx, item); got != 2*item || err != nil {
		t.Errorf("Do(%d) = %d, %v, want %d", item, got, err, 2*item)
	}
}

// eachContext runs a test in a bubble, once with a context that can end and once
// with one that cannot, because the latter makes callers flush for each other.
func eachContext(t *testing.T, test func(ctx context.Context, t *testing.T)) {
	t.Run("the context can end", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { test(t.Context(), t) })
	})
	t.Run("the context cannot end", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { test(context.Background(), t) })
	})
}

func TestNothingWaitsWhileNothingIsInFlight(t *testing.T) {
	eachContext(t, func(ctx context.Context, t *testing.T) {
		s := new(server)
		b := batch.New(10, s.flush)
		began := time.Now()
		for item := range 3 {
			doubles(ctx, t, b, item)
		}
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("3 calls in sequence took %v, want 1 s each", took)
		}
		s.wants(t, []int{0}, []int{1}, []int{2})
	})
}

func TestCallsDuringAFlushFormTheNextBatch(t *testing.T) {
	eachContext(t, func(ctx context.Context, t *testing.T) {
		s := new(server)
		b := batch.New(10, s.flush)
		began := time.Now()
		var calls sync.WaitGroup
		calls.Go(func() { doubles(ctx, t, b, 1) })
		synctest.Wait()
		for item := 2; item <= 6; item++ {
			calls.Go(func() { doubles(ctx, t, b, item) })
		}
		calls.Wait()
		s.wants(t, []int{1}, []int{2, 3, 4, 5, 6})
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("two batches took %v, want 1 s each", took)
		}
	})
}

func TestBatchSizeIsLimited(t *testing.T) {
	eachContext(t, func(ctx context.Context, t *testing.T) {
		s := new(server)
		b := batch.New(2, s.flush)
		var calls sync.WaitGroup
		for item := 1; item <= 6; item++ {
			calls.Go(func() { doubles(ctx, t, b, item) })
			synctest.Wait()
		}
		calls.Wait()
		s.wants(t, []int{1}, []int{2, 3}, []int{4, 5}, []int{6})
	})
}

func TestOneFlushIsInFlight(t *testing.T) {
	var inFlight atomic.Int64
	b := batch.New(3, func(_ context.Context, items []int) ([]int, error) {
		if n := inFlight.Add(1); n != 1 || len(items) > 3 {
			t.Errorf("%d flushes in flight, and %d items in one, want 1 and at most 3", n, len(items))
		}
		defer inFlight.Add(-1)
		results := make([]int, len(items))
		for i, item := range items {
			results[i] = 2 * item
		}
		return results, nil
	})
	var calls sync.WaitGroup
	for caller := range 16 {
		calls.Go(func() {
			for i := range 500 {
				switch item := caller*500 + i; item % 3 {
				case 0:
					doubles(context.Background(), t, b, item)
				case 1:
					doubles(t.Context(), t, b, item)
				default: // cancelled before, during or after its flush
					ctx, cancel := context.WithCancel(t.Context())
					go cancel()
					if got, err := b.Do(ctx, item); got != 2*item && !errors.Is(err, context.Canceled) {
						t.Errorf("Do(%d) = %d, %v, want %d or context.Canceled", item, got, err, 2*item)
					}
				}
			}
		})
	}
	calls.Wait()
}

func TestCancelledCallerDoesNotCancelOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := batch.New(10, func(ctx context.Context, items []int) ([]int, error) {
			time.Sleep(time.Second)
			return items, ctx.Err()
		})
		began := time.Now()
		go b.Do(context.Background(), 0)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond) // in the middle of the second batch
		defer cancel()
		var calls sync.WaitGroup
		calls.Go(func() {
			if _, err := b.Do(ctx, 1); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a caller whose deadline passed got %v, want context.DeadlineExceeded", err)
			}
			if took := time.Since(began); took != 1500*time.Millisecond {
				t.Errorf("a caller with a deadline of 1.5 s returned after %v", took)
			}
		})
		synctest.Wait()
		calls.Go(func() {
			if got, err := b.Do(t.Context(), 2); got != 2 || err != nil {
				t.Errorf("the other caller of the batch got %d, %v, want 2", got, err)
			}
		})
		calls.Wait()
	})
}

func TestItemOfACallerWhoLeftIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(server)
		b := batch.New(10, s.flush)
		ctx, cancel := context.WithCancel(t.Context())
		var calls sync.WaitGroup
		calls.Go(func() { doubles(t.Context(), t, b, 1) })
		synctest.Wait()
		for item := 2; item <= 3; item++ {
			calls.Go(func() {
				if _, err := b.Do(ctx, item); !errors.Is(err, context.Canceled) {
					t.Errorf("a cancelled caller got %v, want context.Canceled", err)
				}
			})
		}
		synctest.Wait()
		cancel()
		calls.Wait()
		doubles(t.Context(), t, b, 4)
		s.wants(t, []int{1}, []int{4})
	})
}

func TestEndedContextIsNotFlushed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(server)
		b := batch.New(10, s.flush)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := b.Do(ctx, 1); !errors.Is(err, context.Canceled) {
			t.Errorf("Do with a cancelled context returned %v, want context.Canceled", err)
		}
		doubles(t.Context(), t, b, 2)
		s.wants(t, []int{2})
	})
}

func TestFlushGetsTheValuesOfTheFirstContext(t *testing.T) {
	type key struct{}
	b := batch.New(10, func(ctx context.Context, _ []int) ([]any, error) {
		if _, has := ctx.Deadline(); has {
			t.Error("the flush has the deadline of its first caller, want none")
		}
		return []any{ctx.Value(key{})}, nil
	})
	ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "value"), time.Hour)
	defer cancel()
	if got, err := b.Do(ctx, 1); got != "value" || err != nil {
		t.Errorf("the value in the flush's context = %v, %v, want %q", got, err, "value")
	}
}

// A failed flush must reach every caller in that batch, and no other.
func TestFailedFlushes(t *testing.T) {
	for name, c := range map[string]struct {
		fail func(items []int) ([]int, error)
		want string // part of the error
	}{
		"error":            {func([]int) ([]int, error) { return nil, errors.New("no database") }, "no database"},
		"panic":            {func([]int) ([]int, error) { panic("out of range") }, "out of range"},
		"no results":       {func([]int) ([]int, error) { return nil, nil }, "0 results for 2 items"},
		"too few results":  {func(items []int) ([]int, error) { return items[1:], nil }, "1 results for 2 items"},
		"too many results": {func(items []int) ([]int, error) { return append(items, 0), nil }, "3 results for 2"},
	} {
		t.Run(name, func(t *testing.T) {
			eachContext(t, func(ctx context.Context, t *testing.T) { failedFlush(ctx, t, c.fail, c.want) })
		})
	}
}

// failedFlush makes the second of three batches fail.
func failedFlush(ctx context.Context, t *testing.T, fail func(items []int) ([]int, error), want string) {
	s := new(server)
	b := batch.New(10, func(ctx context.Context, items []int) ([]int, error) {
		if len(items) == 2 {
			return fail(items)
		}
		return s.flush(ctx, items)
	})
	var calls sync.WaitGroup
	calls.Go(func() { doubles(ctx, t, b, 1) })
	synctest.Wait()
	for item := 2; item <= 3; item++ {
		calls.Go(func() {
			if got, err := b.Do(ctx, item); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("Do(%d) = %d, %v, want an error with %q", item, got, err, want)
			}
		})
	}
	calls.Wait()
	doubles(ctx, t, b, 4)
}
