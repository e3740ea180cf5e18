package batch_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kuvaka-tech/parley/adapters/internal/batch"
)

// hanging is a flush function that takes an hour for odd items, and no time for even ones.
func hanging(_ context.Context, items []int) ([]int, error) {
	results := make([]int, len(items))
	for i, item := range items {
		if item%2 == 1 {
			time.Sleep(time.Hour)
		}
		results[i] = 2 * item
	}
	return results, nil
}

func TestSlowFlushesDoNotDelayOthers(t *testing.T) {
	eachContext(t, func(ctx context.Context, t *testing.T) {
		b := batch.New(10, hanging).AllowSlow(2)
		began := time.Now()
		var slow sync.WaitGroup
		for _, item := range []int{1, 3} {
			slow.Go(func() { doubles(ctx, t, b, item) })
			time.Sleep(time.Second)
		}
		doubles(ctx, t, b, 2)
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("a call beside two slow flushes ended after %v, want it to wait for none", took)
		}
		slow.Wait()
		if took := time.Since(began); took > time.Hour+2*time.Second {
			t.Errorf("the slow flushes ended after %v, want them to run at the same time", took)
		}
	})
}

func TestCallsThatWaitStartWhenAFlushBecomesSlow(t *testing.T) {
	eachContext(t, func(ctx context.Context, t *testing.T) {
		b := batch.New(10, hanging).AllowSlow(1)
		began := time.Now()
		var calls sync.WaitGroup
		calls.Go(func() { doubles(ctx, t, b, 1) })
		synctest.Wait()
		doubles(ctx, t, b, 2)
		if took := time.Since(began); took > time.Second {
			t.Errorf("a call that waited for a slow flush ended after %v, want less than 1 s", took)
		}
		calls.Wait()
	})
}

func TestTheNumberOfSlowFlushesIsLimited(t *testing.T) {
	for _, limit := range []int{0, 1, 3} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := batch.New(10, hanging).AllowSlow(limit)
				began := time.Now()
				var calls sync.WaitGroup
				for range limit + 1 {
					calls.Go(func() { doubles(t.Context(), t, b, 1) })
					time.Sleep(time.Second)
				}
				doubles(t.Context(), t, b, 2)
				if took := time.Since(began); took < time.Hour {
					t.Errorf("a call beside %d slow flushes ended after %v, want it to wait", limit+1, took)
				}
				calls.Wait()
			})
		})
	}
}

// The flush of item 0 becomes slow, so that of item 1 begins beside it. The end of the slow one
// must not begin a third one: the others wait for the end of the second.
func TestTheEndOfASlowFlushBeginsNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(server)
		b := batch.New(10, s.flush).AllowSlow(1)
		var calls sync.WaitGroup
		for item := range 5 {
			calls.Go(func() { doubles(t.Context(), t, b, item) })
			time.Sleep(300 * time.Millisecond)
		}
		calls.Wait()
		s.wants(t, []int{0}, []int{1}, []int{2, 3, 4})
	})
}
