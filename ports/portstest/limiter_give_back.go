package portstest

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/kuvaka-tech/parley/core/fault"
	"github.com/kuvaka-tech/parley/ports"
)

func (t *limiterTest) wantGiveBack(at time.Duration, limits ...ports.RateLimit) {
	t.Helper()
	if err := t.GiveBack(t.ctx, t.start.Add(at), limits...); err != nil {
		t.Fatalf("GiveBack at %v: error = %v, want success", at, err)
	}
}

func (t *limiterTest) giveBack() {
	minute, hour := t.newLimit(1, time.Minute), t.newLimit(2, time.Hour)
	t.wantTake(0, 0, hour)
	t.wantTake(time.Second, 0, minute, hour)
	t.wantTake(time.Second, time.Minute, minute)
	t.wantGiveBack(time.Second, minute, hour)
	t.wantTake(2*time.Second, 0, minute, hour)
	t.wantTake(2*time.Second, time.Hour-2*time.Second, minute, hour)
	t.wantGiveBack(0, hour)
	t.wantTake(2*time.Second, 0, hour)
}

func (t *limiterTest) giveBackNothing() {
	l := t.newLimit(2, time.Minute)
	t.wantGiveBack(0, l)
	t.wantGiveBack(0)
	t.wantTake(0, 0, l)
	t.wantTake(time.Second, 0, l)
	t.wantGiveBack(2*time.Second, l)
	t.wantTake(2*time.Second, 58*time.Second, l)
	t.wantGiveBack(0, l)
	t.wantGiveBack(0, l)
	t.wantTake(2*time.Second, 0, l)
	t.wantTake(2*time.Second, 59*time.Second, l)
}

// The calls have different times, as those of requests usually have.
func (t *limiterTest) giveBackRace() {
	l := t.newLimit(5, time.Hour)
	var counted, most atomic.Int64
	errs := concurrently(50, func(i int) error {
		now := t.start.Add(time.Duration(i) * time.Microsecond)
		err := t.Take(t.ctx, now, l)
		if err != nil {
			return err
		}
		n := counted.Add(1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		counted.Add(-1)
		return t.GiveBack(t.ctx, now, l)
	})
	for _, err := range errs {
		if err != nil && !errors.Is(err, fault.ErrRateLimited) {
			t.Fatalf("a concurrent Take or GiveBack failed: %v", err)
		}
	}
	if n := most.Load(); n > 5 {
		t.Fatalf("%d events counted at the same time, want at most 5", n)
	}
	for range 5 {
		t.wantTake(time.Second, 0, l)
	}
	t.wantTake(time.Second, time.Hour, l)
}
